/** Starting the servers of a measurement and asking them how they are. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { documentId } from '../../fuzz/sync-harness.ts';
import type { Question, Usage } from './server.ts';

export type Kind = 'relay' | 'stock' | 'bundles';

export interface Server {
  kind: Kind;
  folder: string;
  port: number;
  /** Where a client of this room asks. */
  path(room: number, more?: string): string;
  usage(): Promise<Usage>;
  /** The same after a collection. */
  memory(): Promise<Usage>;
  /** Commands and an import begin; resolves when the import is through. */
  work(): Promise<void>;
  stop(): Promise<void>;
  /** Ends it without a goodbye and starts another on the same files. */
  restart(): Promise<Server>;
}

export async function startServer(kind: Kind, at?: string): Promise<Server> {
  const folder = at ?? (await mkdtemp(join(tmpdir(), 'stoa-bench-')));
  const child: ChildProcess = fork(
    fileURLToPath(new URL('./server.ts', import.meta.url)),
    [kind === 'relay' ? 'relay' : 'stoa', folder],
    { execArgv: ['--expose-gc', ...(process.env.BENCH_NODE_OPTIONS?.split(' ') ?? [])] },
  );
  const answer = async <Answer>(): Promise<Answer> => (await once(child, 'message'))[0] as Answer;
  const ask = (question: Question) => child.send(question);
  const port = await answer<number>();
  const end = async () => {
    const ended = once(child, 'exit');
    ask('stop');
    await ended;
  };
  return {
    kind,
    folder,
    port,
    path: (room, more = '') =>
      kind === 'relay'
        ? `/${room}`
        : `/sync/document/${documentId(room)}?token=ana${kind === 'bundles' ? '&bundle=1' : ''}${more}`,
    async usage() {
      ask('usage');
      return answer<Usage>();
    },
    async memory() {
      ask('memory');
      return answer<Usage>();
    },
    async work() {
      ask('import');
      await answer<string>();
    },
    async stop() {
      await end();
      await rm(folder, { recursive: true });
    },
    async restart() {
      await end();
      return startServer(kind, folder);
    },
  };
}

export const wait = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

export const median = (list: readonly number[]): number =>
  [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
