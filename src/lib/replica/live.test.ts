import { expect, it } from 'vitest';
import type { WorkspaceId } from '#domain/ids.ts';
import type { Socket } from '../device/environment.ts';
import { createLive } from './live.ts';

function world() {
  const sockets: Socket[] = [];
  let next: (() => void) | null = null;
  let hints = 0;
  const live = createLive({
    environment: {
      socketUrl: 'wss://stoa.example',
      random: (length) => new Uint8Array(length),
      after: (_delayMs, work) => {
        next = work;
        return () => (next = null);
      },
      openSocket: () => {
        const socket: Socket = { onopen: null, onmessage: null, onclose: null, close: () => undefined };
        sockets.push(socket);
        return socket;
      },
    },
    workspaceId: 'w' as WorkspaceId,
    onHint: () => (hints += 1),
    onFinal: () => undefined,
  });
  const lose = () => sockets.at(-1)?.onclose?.({ code: 1006 });
  return { live, sockets, lose, wait: () => next?.(), hints: () => hints };
}

it('asks when the line is gone and does not come back at the first try, and only then', () => {
  const { live, lose, wait, hints } = world();
  live.start();
  lose();
  expect(hints()).toBe(0);
  wait();
  lose();
  expect(hints()).toBe(1);
  wait();
  lose();
  expect(hints()).toBe(1);
});
