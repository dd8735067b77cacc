/**
 * Deciding commands, once each. In one transaction: find an earlier receipt, else let the noun's service
 * decide; save; number the changed records; write receipt and jobs. The same command id again gets the same
 * answer; with other input, or from somebody else, it is an error. Refusals by rule are answers too: they are
 * kept, so that a device that lost the reply learns the same refusal, not a new decision.
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Actor } from '#domain/access.ts';
import { DomainError, errorCodeOf } from '#domain/errors.ts';
import type { ErrorCode, ErrorDetails } from '#domain/errors.ts';
import type { AnswerNote, CommandAnswer, CommandEnvelope, RecordPatch } from '#domain/records.ts';
import type { Instant } from '#domain/time.ts';
import type { NewJob, Queue } from '../jobs/queue.ts';
import type { Changes } from './changes.ts';
import type { Database, ReadHandle, Tx } from './database.ts';
import { isUniqueViolation } from './faults.ts';
import { canonicalJson, fromJson, toJson } from './json.ts';

/** A command as it stands before the service: parsed input, the actor found, the server's time. */
export interface ReceivedCommand<Input> extends CommandEnvelope {
  name: string;
  aggregate: string;
  input: Input;
  actor: Actor;
  now: Instant;
}

/** What a service decided: the records as it stored them, and what must follow. */
export interface Decision {
  records: RecordPatch[];
  notes?: AnswerNote[];
  jobs?: NewJob[];
}

/**
 * Decides inside the transaction. `seq` is the number the first record of this decision will get: a field
 * that must know when it last changed stores it and compares it with a later command's `baseSeq`.
 */
export type Decide<Input> = (
  tx: Tx,
  command: ReceivedCommand<Input>,
  context: { seq: number },
) => Promise<Decision>;

export interface Commands {
  decide<Input>(command: ReceivedCommand<Input>, decide: Decide<Input>): Promise<CommandAnswer>;
}

/** Refusals that say something about the moment, not about the command: trying again may succeed. */
const passingRefusals: ReadonlySet<ErrorCode> = new Set([
  'not_signed_in',
  'rate_limited',
  'busy',
  'stopping',
  'storage_failed',
  'unexpected',
]);

type Outcome =
  | { outcome: 'accepted'; answer: CommandAnswer; repeated: boolean }
  | { outcome: 'refused'; code: ErrorCode; details: ErrorDetails };

export function createCommands(parts: { db: Database; changes: Changes; queue: Queue }): Commands {
  const { db, changes, queue } = parts;

  async function decide<Input>(command: ReceivedCommand<Input>, decideInside: Decide<Input>) {
    const inputText = canonicalJson(command.input);
    const inputHash = createHash('sha256').update(`${command.name}\n${inputText}`).digest('hex');
    const actorId = actorIdOf(command.actor);

    const recorded = async (tx: ReadHandle): Promise<Outcome | undefined> => {
      const receipt = await tx
        .selectFrom('receipts')
        .selectAll()
        .where('command_id', '=', command.commandId)
        .executeTakeFirst();
      if (!receipt) return undefined;
      if (
        receipt.actor_id !== actorId ||
        receipt.input_hash !== inputHash ||
        receipt.workspace_id !== command.workspaceId
      )
        throw new DomainError('command_reused');
      if (receipt.outcome === 'accepted')
        return { outcome: 'accepted', answer: fromJson<CommandAnswer>(receipt.answer), repeated: true };
      return {
        outcome: 'refused',
        ...fromJson<{ code: ErrorCode; details: ErrorDetails }>(receipt.answer),
      };
    };

    const keep = (tx: Tx, outcome: 'accepted' | 'refused', answer: object, seq: number | null) =>
      tx
        .insertInto('receipts')
        .values({
          command_id: command.commandId,
          workspace_id: command.workspaceId,
          actor_id: actorId,
          name: command.name,
          aggregate: command.aggregate,
          input_hash: inputHash,
          input: inputText,
          outcome,
          answer: toJson(answer),
          occurred_at: command.occurredAt,
          recorded_at: command.now,
          seq,
        })
        .execute();

    const decideOnce = async (tx: Tx): Promise<Outcome> => {
      // First the lock: the commands of a workspace are decided one after the other on every database, so
      // that a rule never looks at a record that another decision is about to change.
      const seq = await changes.lock(tx, command.workspaceId);
      const earlier = await recorded(tx);
      if (earlier) return earlier;
      await sql`savepoint decision`.execute(tx);
      let decision: Decision;
      try {
        decision = await decideInside(tx, command, { seq });
      } catch (error) {
        const code = errorCodeOf(error);
        if (!code || code === 'command_reused' || passingRefusals.has(code)) throw error;
        const { details } = error as DomainError;
        await sql`rollback to savepoint decision`.execute(tx);
        await keep(tx, 'refused', { code, details }, null);
        return { outcome: 'refused', code, details };
      }
      const stored = await changes.record(tx, command.workspaceId, decision.records);
      const answer: CommandAnswer = { ...stored, notes: decision.notes ?? [] };
      await keep(tx, 'accepted', answer, stored.seq);
      if (decision.jobs?.length) await queue.add(tx, decision.jobs);
      return { outcome: 'accepted', answer, repeated: false };
    };

    const result = await db.write(decideOnce).catch(async (error: unknown) => {
      // The same id in another workspace, which another lock guards, may have been first.
      const earlier = isUniqueViolation(error) ? await recorded(db.read) : undefined;
      if (!earlier) throw error;
      return earlier;
    });
    if (result.outcome === 'refused') throw new DomainError(result.code, result.details);
    if (!result.repeated) {
      changes.announce(command.workspaceId, result.answer.seq);
      queue.wake();
    }
    return result.answer;
  }

  return { decide };
}

export const actorIdOf = (actor: Actor): string => (actor.kind === 'person' ? actor.personId : actor.kind);
