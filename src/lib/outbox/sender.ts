/**
 * Sends what waits. A command leaves the outbox in one way only: the server's answer is stored and the
 * command removed in one transaction. Killed before that, the device sends it again and gets the same answer
 * by its receipt.
 *
 * Nobody answers: the whole outbox rests and tries again, later and later. The server cannot: that aggregate
 * rests. The server refuses: the command waits for the person, what follows it waits with it. Not signed in,
 * or app too old: everything waits for that.
 */
import { commandNamed } from '#domain/commands.ts';
import type { ErrorCode, ErrorDetails } from '#domain/errors.ts';
import type { CommandAnswer } from '#domain/records.ts';
import { failureOf } from '../api/client.ts';
import type { CommandRow } from '../device/rows.ts';
import { delayBefore } from './backoff.ts';
import { standings } from './order.ts';

/** Commands on their way at one time; they share requests. */
export const sendingLimit = 8;

/** Why nothing is sent at all at the moment. */
export type Pause = 'sign_in' | 'update_app' | null;

export interface SenderParts {
  commands: () => readonly CommandRow[];
  send(row: CommandRow): Promise<CommandAnswer>;
  /** Stores the answer and removes the command, in one transaction. */
  accept(row: CommandRow, answer: CommandAnswer): Promise<void>;
  refuse(row: CommandRow, code: ErrorCode, details: ErrorDetails): Promise<void>;
  /** Somebody answered, or nobody did. */
  onContact(isReached: boolean): void;
  /** The server wants a sign-in or an update before anything else. */
  onPause(pause: Exclude<Pause, null>): void;
  after(delayMs: number, work: () => void): () => void;
  /** Between 0 and 1. */
  chance(): number;
}

export interface Sender {
  /** May send from now on. */
  start(): void;
  stop(): void;
  /** Something changed: look what can leave. */
  pump(): void;
  /** The network, the session or the app may be good again: forget the waiting times. */
  hurry(): void;
  isSending(commandId: string): boolean;
  readonly isBusy: boolean;
  /** Resolves when nothing is on its way. */
  settled(): Promise<void>;
}

export function createSender(parts: SenderParts): Sender {
  const onTheWay = new Map<string, CommandRow>();
  const resting = new Set<string>();
  const failures = new Map<string, number>();
  const wakeUps = new Set<() => void>();
  const running = new Set<Promise<void>>();
  let silences = 0;
  let isResting = false;
  let isRunning = false;
  let pause: Pause = null;

  function restThen(attempt: number, wake: () => void): void {
    const cancel = parts.after(delayBefore(attempt, parts.chance()), () => {
      wakeUps.delete(cancel);
      wake();
      pump();
    });
    wakeUps.add(cancel);
  }

  function onSilence(): void {
    parts.onContact(false);
    if (isResting) return;
    isResting = true;
    silences += 1;
    restThen(silences, () => {
      isResting = false;
    });
  }

  function onInability(aggregate: string): void {
    const attempt = (failures.get(aggregate) ?? 0) + 1;
    failures.set(aggregate, attempt);
    resting.add(aggregate);
    restThen(attempt, () => resting.delete(aggregate));
  }

  async function deliver(row: CommandRow): Promise<void> {
    let answer: CommandAnswer;
    try {
      answer = await parts.send(row);
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind === 'unreachable') return onSilence();
      parts.onContact(true);
      silences = 0;
      if (failure.kind === 'failed') return onInability(row.aggregate);
      if (failure.code === 'not_signed_in') return stopFor('sign_in');
      if (failure.code === 'update_app') return stopFor('update_app');
      await parts.refuse(row, failure.code, failure.details);
      failures.delete(row.aggregate);
      return;
    }
    parts.onContact(true);
    silences = 0;
    await parts.accept(row, answer);
    failures.delete(row.aggregate);
  }

  function stopFor(reason: Exclude<Pause, null>): void {
    pause = reason;
    parts.onPause(reason);
  }

  function start(row: CommandRow): void {
    onTheWay.set(row.aggregate, row);
    const run = deliver(row)
      // The device could not store the answer: keep the command and ask for the answer again later.
      .catch(() => onInability(row.aggregate))
      .finally(() => {
        onTheWay.delete(row.aggregate);
        running.delete(run);
        pump();
      });
    running.add(run);
  }

  function pump(): void {
    if (!isRunning || isResting || pause) return;
    for (const { row, standing } of standings(parts.commands())) {
      if (onTheWay.size >= sendingLimit) return;
      if (standing !== 'next' || onTheWay.has(row.aggregate) || resting.has(row.aggregate)) continue;
      if (commandNamed(row.name)) start(row);
    }
  }

  function hurry(): void {
    for (const cancel of wakeUps) cancel();
    wakeUps.clear();
    resting.clear();
    isResting = false;
    pause = null;
    pump();
  }

  return {
    start: () => {
      isRunning = true;
      pump();
    },
    stop: () => {
      isRunning = false;
      for (const cancel of wakeUps) cancel();
      wakeUps.clear();
      resting.clear();
      isResting = false;
    },
    pump,
    hurry,
    isSending: (commandId) => [...onTheWay.values()].some((row) => row.commandId === commandId),
    get isBusy() {
      return onTheWay.size > 0;
    },
    settled: async () => {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
