import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentCommands } from '#domain/documents/commands.ts';
import type { DocumentId } from '#domain/ids.ts';
import { startWorld } from '../../test/harness.ts';
import type { World } from '../../test/harness.ts';
import { rawClient, until } from '../../test/fuzz/sync-harness.ts';
import { Histogram } from '../sync/figures.ts';

const token = 'figures-for-the-watch';
let world: World;
beforeAll(async () => {
  world = await startWorld({ environment: { METRICS_PORT: '0', METRICS_TOKEN: token } });
});
afterAll(() => world.stop());

const ask = (url: string, bearer?: string) =>
  fetch(url, bearer === undefined ? {} : { headers: { authorization: `Bearer ${bearer}` } });

/** Every sample by its name with labels. */
async function figures(): Promise<Map<string, number>> {
  const text = await (await ask(`${world.url}/metrics`, token)).text();
  return new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const at = line.lastIndexOf(' ');
        return [line.slice(0, at), Number(line.slice(at + 1))];
      }),
  );
}

describe('the figures', () => {
  it('are for those with the token only, on the main port and on their own', async () => {
    const own = `http://127.0.0.1:${world.server.metricsPort}/metrics`;
    for (const url of [`${world.url}/metrics`, own]) {
      expect((await ask(url)).status).toBe(401);
      expect((await ask(url, `${token}x`)).status).toBe(401);
      const good = await ask(url, token);
      expect(good.status).toBe(200);
      expect(good.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    }
    expect((await ask(own.replace('/metrics', '/'), token)).status).toBe(404);
  });

  it('are not on the main port unless a token was set', async () => {
    const open = await startWorld({ environment: { METRICS_PORT: '0' } });
    expect((await ask(`${open.url}/metrics`)).status).toBe(404);
    expect((await ask(`http://127.0.0.1:${open.server.metricsPort}/metrics`)).status).toBe(200);
    await open.stop();
  });

  it('tell what happens, and nothing of whom or what', async () => {
    const id = world.newId() as DocumentId;
    await world.owner.command(documentCommands['documents.create'], {
      id,
      kind: 'policy',
      title: 'Refunds',
      language: 'en',
      visibility: 'workspace',
      folderId: null,
    });
    const before = await figures();
    expect(before.get('stoa_sockets')).toBe(0);
    const room = await world.owner.openRoom(id);
    room.doc.getText('notes').insert(0, 'counted');
    const stranger = await rawClient(world.server.port, `/sync/document/${id}`);
    await until(() => stranger.closed() !== null, 'the stranger is sent away');
    await until(
      async () => ((await figures()).get('stoa_ack_seconds_count') ?? 0) > 0,
      'an acknowledgement was counted',
    );
    const after = await figures();
    expect(after.get('stoa_sockets')).toBe(1);
    expect(after.get('stoa_rooms_open')).toBe(1);
    expect(after.get('stoa_closed_total{reason="notSignedIn"}')).toBe(1);
    expect(after.get('stoa_commit_rows_count')).toBeGreaterThan(before.get('stoa_commit_rows_count') ?? 0);
    expect(after.get('stoa_commit_seconds_bucket{le="+Inf"}')).toBe(after.get('stoa_commit_seconds_count'));
    const flushes = after.get('stoa_flush_seconds_count') ?? 0;
    expect([flushes > 0, flushes]).toEqual([true, after.get('stoa_commit_seconds_count')]);
    expect(after.get('stoa_flush_seconds_sum')).toBeLessThan(after.get('stoa_commit_seconds_sum') ?? 0);
    expect([after.get('stoa_log_rows_held'), after.get('stoa_log_rows_quarantined')]).toEqual([0, 0]);
    expect(after.get('stoa_known_updates_total')).toBeGreaterThan(0);
    expect(after.get('stoa_resident_bytes')).toBeGreaterThan(1_000_000);
    expect([...after.values()].every(Number.isFinite)).toBe(true);
    const text = await (await ask(`${world.url}/metrics`, token)).text();
    for (const secret of [id, world.owner.personId, world.owner.name, 'Refunds', 'counted'])
      expect(text).not.toContain(secret);
    room.close();
  });

  it('count into the first bound that holds, and beyond the last', () => {
    const histogram = new Histogram([1, 10]);
    for (const value of [0, 1, 1.5, 10, 11]) histogram.observe(value);
    histogram.observe(5, 3);
    expect([...histogram.counts]).toEqual([2, 5, 1]);
    expect(histogram.sum).toBe(38.5);
  });
});
