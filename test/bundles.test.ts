/** Bundles end to end: our reading of them on the device's own provider, against the real server. */
import { describe, expect, it } from 'vitest';
import { readBundles } from '#lib/sync/bundles.ts';
import { messageTypes } from '#domain/sync/wire.ts';
import { until } from './fuzz/sync-harness.ts';
import type { Stock } from './fuzz/sync-harness.ts';
import { synced, useSyncServer } from './sync-server.ts';

const server = useSyncServer();

/** A client that asks for bundles, and counts the frames in which text came. */
function bundling(token: string): Stock & { counts: { bundles: number; updates: number } } {
  const client = server.stock(token, { params: { bundle: '1', ack: '1' } });
  const counts = { bundles: 0, updates: 0 };
  readBundles(client.provider);
  const unbundle = client.provider.messageHandlers[messageTypes.bundle];
  client.provider.messageHandlers[messageTypes.bundle] = (...args) => {
    counts.bundles += 1;
    unbundle?.(...args);
  };
  client.doc.on('update', (_update: Uint8Array, origin: unknown) => {
    if (origin === client.provider) counts.updates += 1;
  });
  return { ...client, counts };
}

describe('Bundles (C10)', () => {
  it('bring what a fast writer wrote in fewer frames, each update applied for itself', async () => {
    const reader = bundling('bia');
    const stock = server.stock('caio');
    const writer = bundling('ana');
    await synced(reader, stock, writer);
    for (let index = 0; index < 500; index += 1) writer.doc.getText('text').insert(index, 'x');
    await until(() => writer.durable() >= 501, 'all is stored');
    await until(() => [reader, stock].every(({ text }) => text().length === 500), 'all have come');
    expect(reader.counts.bundles).toBeGreaterThan(0);
    expect(reader.counts.bundles).toBeLessThan(100);
    expect(reader.counts.updates).toBe(500);
    expect(writer.counts.bundles).toBe(0);
    // A reader that answered them would have been sent away for good.
    expect(reader.closes).toEqual([]);
  });
});
