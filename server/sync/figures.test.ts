import { describe, expect, it } from 'vitest';
import { writeBatch } from '#domain/sync/batch.ts';
import { presencesPerPersonLimit, presenceStateBytesLimit } from '#domain/sync/wire.ts';
import { until } from '../../test/fuzz/sync-harness.ts';
import { update, useSyncServer } from '../../test/sync-server.ts';
import { presenceFrame } from './frames.ts';

const server = useSyncServer();
const { rawIn } = server;

describe('Figures (M1)', () => {
  it('count what a batch brings that is known or not allowed, as they do on a socket', async () => {
    const { figures } = server.harness;
    const bytes = update('counted', 5);
    const send = async (token: string, some: Uint8Array) => {
      const body = writeBatch([{ documentId: server.room, stateVector: null, update: some }]);
      const response = await fetch(`http://127.0.0.1:${server.harness.port}/sync/batch`, {
        method: 'POST',
        body,
        headers: { authorization: `Bearer ${token}` },
      });
      await response.arrayBuffer();
      return [figures.knownUpdates, figures.knownBytes, figures.deniedUpdates];
    };
    expect(await send('ana', bytes)).toEqual([0, 0, 0]);
    expect(await send('ana', bytes)).toEqual([1, bytes.length, 0]);
    expect(await send('leitor', update('new', 6))).toEqual([1, bytes.length, 1]);
  });

  it('count presences that were left out, because they are too large or too many', async () => {
    const { figures } = server.harness;
    const state = (text: string) => JSON.stringify({ text });
    const said: { client: number; clock: number; state: string }[] = [];
    for (let client = 1; client <= presencesPerPersonLimit; client += 1)
      said.push({ client, clock: 1, state: state('here') });
    const ana = await rawIn('ana');
    ana.send(presenceFrame(said));
    const bia = await rawIn('bia');
    bia.send(presenceFrame([{ client: 100, clock: 1, state: state('x'.repeat(presenceStateBytesLimit)) }]));
    await until(() => figures.droppedPresences === 1, 'it is too large');
    const other = await rawIn('ana');
    other.send(presenceFrame([{ client: 50, clock: 1, state: state('one more') }]));
    await until(() => figures.droppedPresences === 2, 'it is one too many');
  });
});
