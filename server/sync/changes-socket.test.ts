import { describe, expect, it } from 'vitest';
import { closeCodes } from '#domain/sync/wire.ts';
import { until, workspaceId } from '../../test/fuzz/sync-harness.ts';
import { codeOf, useSyncServer } from '../../test/sync-server.ts';

const server = useSyncServer();
const { start, raw } = server;

describe('The change feed socket (F1-F3)', () => {
  it('says where the feed stands, then every announcement, and listens no longer once closed', async () => {
    await start({ timings: { quietSocketMs: 200, tickMs: 20 } });
    const client = await raw(`/sync/changes/${workspaceId}?token=leitor`);
    await until(() => client.texts.length === 1, 'the first frame');
    server.harness.announce(7);
    await until(() => client.texts.length === 2, 'the second frame');
    expect(client.texts.map((text) => JSON.parse(text) as unknown)).toEqual([
      { epoch: 'e1', seq: 0 },
      { epoch: 'e1', seq: 7 },
    ]);
    await until(() => client.texts.length === 3, 'a sign of life');
    client.socket.send('hello');
    expect(await codeOf(client)).toBe(closeCodes.malformed.code);
    await until(() => server.harness.listeners.size === 0, 'no listener is left');
  });
});
