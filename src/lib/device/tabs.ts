/**
 * One workspace of a person's database as all tabs share it. Every tab holds it in memory; every change is
 * decided on memory, written in one transaction, then applied to memory and told to the other tabs, with the
 * revision it made. A tab that meets a revision it does not expect catches up before it decides anything:
 * from the messages if they arrive, from the database if they were lost (a frozen tab loses them).
 */
import { DomainError } from '#domain/errors.ts';
import type { WorkspaceId } from '#domain/ids.ts';
import type { Channel, Environment } from './environment.ts';
import { Memory } from './memory.ts';
import type { PersonDevice } from './person.ts';
import type { Changeset } from './rows.ts';

/** What tabs tell each other besides changes; the engine gives it meaning. */
export type Signal =
  | { kind: 'wake' }
  | { kind: 'hello' }
  | { kind: 'left' }
  | { kind: 'contact'; online: boolean; signInNeeded: boolean; updateNeeded: boolean; at: string | null };

type Message =
  | { kind: 'changes'; workspaceId: WorkspaceId; revision: number; changes: Changeset }
  | { kind: 'signal'; workspaceId: WorkspaceId; signal: Signal };

/** How long a missing message of another tab is waited for before everything is read from the database. */
export const messagePatienceMs = 40;
/** Attempts of one change against other tabs' changes before it gives up; each lost attempt means progress elsewhere. */
export const commitAttemptLimit = 100;
/** Early messages kept while an earlier one is missing; beyond it reading anew is cheaper. */
export const earlyMessageLimit = 200;

export interface Tabs {
  readonly memory: Memory;
  /** Reads the database and begins to listen. */
  open(): Promise<void>;
  /** Decides, writes, applies, tells. One after the other in this tab; what `decide` throws is thrown. */
  commit(decide: () => Changeset): Promise<void>;
  /** Called after memory changed; null when everything was read anew. */
  onChange(listener: (changes: Changeset | null) => void): void;
  onSignal(listener: (signal: Signal) => void): void;
  signal(signal: Signal): void;
  /** Looks whether another tab wrote while this one slept. */
  catchUp(): Promise<void>;
  close(): Promise<void>;
}

export interface TabsParts {
  device: PersonDevice;
  environment: Pick<Environment, 'openChannel' | 'after'>;
  personId: string;
  workspaceId: WorkspaceId;
  /** Whether the person still belongs to this device: after a sign-out elsewhere nothing may come back. */
  mayRestore: () => Promise<boolean>;
}

export function createTabs({ device, environment, personId, workspaceId, mayRestore }: TabsParts): Tabs {
  const memory = new Memory();
  const early = new Map<number, { workspaceId: WorkspaceId; changes: Changeset }>();
  const changeListeners: ((changes: Changeset | null) => void)[] = [];
  const signalListeners: ((signal: Signal) => void)[] = [];
  let channel: Channel | null = null;
  let turn: Promise<unknown> = Promise.resolve();
  let closed = false;

  function apply(of: WorkspaceId, changes: Changeset, revision: number): void {
    early.delete(revision);
    if (of === workspaceId) {
      memory.apply(changes, revision);
      for (const listener of changeListeners) listener(changes);
    } else {
      // Positions in the outbox are counted for the whole database.
      memory.revision = revision;
      if (changes.order !== null) memory.order = changes.order;
    }
  }

  function applyEarly(): boolean {
    let progressed = false;
    for (;;) {
      const next = early.get(memory.revision + 1);
      if (!next) return progressed;
      apply(next.workspaceId, next.changes, memory.revision + 1);
      progressed = true;
    }
  }

  /** The database was deleted underneath: what this tab holds is all there is. */
  async function restore(): Promise<void> {
    if (!(await mayRestore())) throw new DomainError('not_signed_in');
    await device.restore(memory.image());
  }

  async function readAnew(): Promise<void> {
    const image = await device.load(workspaceId);
    if (image.revision < memory.revision) return restore();
    memory.load(image);
    for (const revision of [...early.keys()]) if (revision <= memory.revision) early.delete(revision);
    applyEarly();
    for (const listener of changeListeners) listener(null);
  }

  const pause = (delayMs: number) => new Promise<void>((resolve) => environment.after(delayMs, resolve));

  /** In this tab's turn only. */
  async function catchUpNow(): Promise<void> {
    if (applyEarly()) return;
    await pause(messagePatienceMs);
    if (!applyEarly()) await readAnew();
  }

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  }

  function receive(data: unknown): void {
    if (closed) return;
    const message = data as Message;
    if (message.kind === 'signal') {
      if (message.workspaceId === workspaceId || message.signal.kind === 'left')
        for (const listener of signalListeners) listener(message.signal);
      return;
    }
    if (message.revision <= memory.revision) return;
    early.set(message.revision, { workspaceId: message.workspaceId, changes: message.changes });
    if (applyEarly()) return;
    // One is missing, perhaps this tab's own that is just being applied; look again when it is our turn.
    if (early.size > earlyMessageLimit) early.clear();
    void catchUp().catch(() => undefined);
  }

  function catchUp(): Promise<void> {
    return inTurn(async () => {
      if (closed || applyEarly()) return;
      if (((await device.revision()) ?? 0) !== memory.revision) await catchUpNow();
    });
  }

  return {
    memory,
    open: async () => {
      channel = environment.openChannel(`stoa-${personId}`);
      channel.onmessage = (event) => receive(event.data);
      await inTurn(readAnew);
    },
    commit: (decide) =>
      inTurn(async () => {
        for (let attempt = 1; attempt <= commitAttemptLimit && !closed; attempt += 1) {
          const result = await device.write(workspaceId, memory.revision, decide);
          if (result.outcome === 'written') {
            apply(workspaceId, result.changes, result.revision);
            const message: Message = {
              kind: 'changes',
              workspaceId,
              revision: result.revision,
              changes: result.changes,
            };
            channel?.postMessage(message);
            applyEarly();
            return;
          }
          if (result.outcome === 'gone') await restore();
          else await catchUpNow();
        }
        throw new DomainError('device_failed');
      }),
    onChange: (listener) => void changeListeners.push(listener),
    onSignal: (listener) => void signalListeners.push(listener),
    signal: (signal) => {
      const message: Message = { kind: 'signal', workspaceId, signal };
      channel?.postMessage(message);
    },
    catchUp,
    close: async () => {
      closed = true;
      await turn;
      channel?.close();
      channel = null;
    },
  };
}
