/**
 * A worker thread as a set of asynchronous functions. The thread is started on the first call and anew after
 * it died; a call that was under way then is refused, never repeated, since it may have had its effect.
 */
import { parentPort, workerData, Worker } from 'node:worker_threads';
import type { ResourceLimits, Transferable } from 'node:worker_threads';

interface Call {
  kind: 'log-call';
  id: number;
  name: string;
  input: unknown;
}

interface Answer {
  kind: 'log-answer';
  id: number;
  value?: unknown;
  error?: string;
}

export interface Thread {
  call<Output>(name: string, input: unknown, transfer?: readonly Transferable[]): Promise<Output>;
  /** Whether there is a thread: nobody has to start one only to close what it has not opened. */
  isRunning(): boolean;
  /** Ends the thread; calls under way are refused. */
  stop(): Promise<void>;
}

/** Beyond its limits of memory V8 ends the thread. */
export interface ThreadLimits extends ResourceLimits {
  /** A call that takes longer ends the thread with it. */
  patienceMs?: number;
}

export function createThread(script: URL, data: unknown, limits: ThreadLimits = {}): Thread {
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  let worker: Worker | null = null;
  let lastId = 0;
  let stopped = false;

  const lose = (dead: Worker, error: Error) => {
    if (worker !== dead) return;
    worker = null;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };

  const start = (): Worker => {
    const { patienceMs: _, ...resourceLimits } = limits;
    const started = new Worker(script, { workerData: data, resourceLimits });
    started.on('message', (message: Answer | Record<string, unknown>) => {
      // `node --watch` posts messages of its own here.
      if (message.kind !== 'log-answer') return;
      const { id, error, value } = message as Answer;
      const waiter = waiting.get(id);
      waiting.delete(id);
      if (error === undefined) waiter?.resolve(value as never);
      else waiter?.reject(new Error(error));
    });
    started.on('error', (error) => lose(started, error instanceof Error ? error : new Error(String(error))));
    started.on('exit', () => lose(started, new Error('the log thread ended')));
    return started;
  };

  return {
    call(name, input, transfer = []) {
      return new Promise((resolve, reject) => {
        if (stopped) return reject(new Error('the log is closed'));
        const called = (worker ??= start());
        lastId += 1;
        const { patienceMs } = limits;
        if (patienceMs === undefined) waiting.set(lastId, { resolve, reject });
        else {
          const timer = setTimeout(() => {
            lose(called, new Error(`the thread took longer than ${patienceMs} ms`));
            void called.terminate();
          }, patienceMs);
          const ended =
            <Value>(settle: (value: Value) => void) =>
            (value: Value) => {
              clearTimeout(timer);
              settle(value);
            };
          waiting.set(lastId, { resolve: ended(resolve), reject: ended(reject) });
        }
        const call: Call = { kind: 'log-call', id: lastId, name, input };
        called.postMessage(call, transfer);
      });
    },
    isRunning: () => worker !== null,
    async stop() {
      stopped = true;
      const ending = worker;
      if (ending === null) return;
      lose(ending, new Error('the log is closed'));
      await ending.terminate();
    },
  };
}

/** An answer some of whose buffers are handed over instead of copied. */
export class Moved<Value> {
  readonly value: Value;
  readonly buffers: readonly Transferable[];

  constructor(value: Value, buffers: readonly Transferable[]) {
    this.value = value;
    this.buffers = buffers;
  }
}

/** Inside the thread: answers calls one after the other, in the order in which they came. */
export function answerCalls<Data>(build: (data: Data) => Record<string, (input: never) => unknown>): void {
  const port = parentPort;
  if (port === null) throw new Error('this file runs as a worker thread only');
  const functions = build(workerData as Data);
  let last: Promise<unknown> = Promise.resolve();
  port.on('message', (call: Call) => {
    if (call.kind !== 'log-call') return;
    last = last.then(async () => {
      const answer: Answer = { kind: 'log-answer', id: call.id };
      let buffers: readonly Transferable[] = [];
      try {
        const run = functions[call.name];
        if (run === undefined) throw new Error(`no function ${call.name}`);
        const value = await run(call.input as never);
        answer.value = value instanceof Moved ? value.value : value;
        if (value instanceof Moved) buffers = value.buffers;
      } catch (error) {
        answer.error = error instanceof Error ? error.message : String(error);
      }
      port.postMessage(answer, buffers);
    });
  });
}
