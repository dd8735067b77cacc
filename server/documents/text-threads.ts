/**
 * The threads that read texts: one for imports, one for projections, so that a file that takes its time holds
 * up other files only. One task at a time in each; what takes too long is ended with its thread.
 */
import { Worker } from 'node:worker_threads';
import { DomainError } from '#domain/errors.ts';
import type { ErrorCode } from '#domain/errors.ts';
import type { MarkdownFile } from '#domain/documents/markdown/read.ts';
import type { Projection } from '#domain/documents/project.ts';
import { minute } from '#domain/time.ts';
import type { ImportedText, TextAnswer, TextCall, TextResults, TextTask } from './text-work.ts';

/** The largest file allowed takes a few seconds; only signs nested on purpose take longer. */
export const taskPatienceMs = 1 * minute;
/** What may wait for one thread: a folder of policies dropped at once does, an endless stream does not. */
export const waitingTasksLimit = 500;
export const waitingUnitsLimit = 32 * 1024 * 1024;
/** A thread may not grow beyond this; V8 ends it, and the task is refused. */
const heapMegabytes = 768;

export interface TextThreads {
  /** Throws what reading throws, `too_complex` when it takes too long, `busy` when too many wait. */
  importText(documentId: string, file: MarkdownFile): Promise<ImportedText>;
  projectUpdates(updates: readonly Uint8Array[]): Promise<Projection>;
  close(): Promise<void>;
}

interface Waiting {
  task: TextTask;
  /** UTF-16 units or bytes that it keeps in memory. */
  units: number;
  resolve: (result: never) => void;
  reject: (error: unknown) => void;
}

const unitsOf = (task: TextTask): number =>
  task.name === 'import'
    ? task.file.text.length
    : task.updates.reduce((sum, update) => sum + update.length, 0);

function createThread(patienceMs: number) {
  const waiting: Waiting[] = [];
  let current: Waiting | null = null;
  let worker: Worker | null = null;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  const settle = (finish: (task: Waiting) => void): void => {
    clearTimeout(timer);
    const task = current;
    current = null;
    if (task) finish(task);
    next();
  };

  function lose(dead: Worker, error: unknown): void {
    if (worker !== dead) return;
    worker = null;
    settle(({ reject }) => reject(error));
  }

  function start(): Worker {
    const started = new Worker(new URL('./text-thread.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
    });
    // A thread without a task keeps no program alive.
    started.unref();
    started.on('message', (message: TextAnswer | { kind?: unknown }) => {
      if (message.kind !== 'text-answer' || worker !== started) return;
      const { result, refusal, fault } = message as TextAnswer;
      settle(({ resolve, reject }) => {
        if (refusal) reject(new DomainError(refusal.code as ErrorCode, refusal.details));
        else if (fault !== undefined) reject(new Error(`reading a text failed: ${fault}`));
        else resolve(result as never);
      });
    });
    started.on('error', (error) => {
      const isFull = (error as { code?: string }).code === 'ERR_WORKER_OUT_OF_MEMORY';
      lose(started, isFull ? new DomainError('too_complex') : error);
    });
    started.on('exit', () => lose(started, new Error('the thread that reads texts ended')));
    return started;
  }

  function next(): void {
    if (current || isClosed) return;
    current = waiting.shift() ?? null;
    if (!current) return worker?.unref();
    worker ??= start();
    worker.ref();
    const call: TextCall = { kind: 'text-call', task: current.task };
    worker.postMessage(call);
    const busy = worker;
    timer = setTimeout(() => {
      lose(busy, new DomainError('too_complex', { seconds: patienceMs / 1_000 }));
      void busy.terminate();
    }, patienceMs);
  }

  return {
    run<Name extends TextTask['name']>(task: Extract<TextTask, { name: Name }>): Promise<TextResults[Name]> {
      return new Promise((resolve, reject) => {
        if (isClosed) return reject(new DomainError('stopping'));
        const units = unitsOf(task);
        const held = waiting.reduce((sum, one) => sum + one.units, 0);
        if (waiting.length >= waitingTasksLimit || held + units > waitingUnitsLimit)
          return reject(new DomainError('busy'));
        waiting.push({ task, units, resolve, reject });
        next();
      });
    },
    async close(): Promise<void> {
      isClosed = true;
      clearTimeout(timer);
      const ending = worker;
      worker = null;
      for (const { reject } of [...(current ? [current] : []), ...waiting.splice(0)])
        reject(new DomainError('stopping'));
      current = null;
      await ending?.terminate();
    },
  };
}

export function createTextThreads(patienceMs: number = taskPatienceMs): TextThreads {
  const imports = createThread(patienceMs);
  const projections = createThread(patienceMs);
  return {
    importText: (documentId, file) => imports.run({ name: 'import', documentId, file }),
    projectUpdates: (updates) => projections.run({ name: 'project', updates }),
    close: async () => {
      await Promise.all([imports.close(), projections.close()]);
    },
  };
}
