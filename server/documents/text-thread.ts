/** A worker thread that reads texts: parsing a long file must not delay anybody's keystrokes. */
import { parentPort } from 'node:worker_threads';
import { errorCodeOf } from '#domain/errors.ts';
import type { DomainError } from '#domain/errors.ts';
import { doTextTask } from './text-work.ts';
import type { TextAnswer, TextCall } from './text-work.ts';

const port = parentPort;
if (port === null) throw new Error('this file runs as a worker thread only');

port.on('message', (message: TextCall | { kind?: unknown }) => {
  if (message.kind !== 'text-call') return;
  const answer: TextAnswer = { kind: 'text-answer' };
  try {
    answer.result = doTextTask((message as TextCall).task);
  } catch (error) {
    const code = errorCodeOf(error);
    if (code) answer.refusal = { code, details: (error as DomainError).details };
    else answer.fault = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
  }
  port.postMessage(answer);
});
