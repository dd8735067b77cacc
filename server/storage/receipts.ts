/**
 * Deciding commands, once each. In one transaction: find an earlier receipt, else let the noun's service
 * decide; save; number the changed records; write receipt and jobs. The same command id again gets the same
 * answer; with other input, or from somebody else, it is an error. Refusals by rule are answers too: they are
 * kept, so that a device that lost the reply learns the same refusal, not a new decision.
 */
import { createHash } from 'node:crypto';
import type { Actor } from '#domain/access.ts';
import { DomainError, errorCodeOf } from '#domain/errors.ts';
import type { ErrorCode, ErrorDetails } from '#domain/errors.ts';
import type { AnswerNote, CommandAnswer, CommandEnvelope, RecordPatch } from '#domain/records.ts';
import type { Instant } from '#domain/time.ts';
import type { NewJob, Queue } from '../jobs/queue.ts';
import type { Changes } from './changes.ts';
import type { Database, Tx } from './database.ts';

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

export type Decide<Input> = (tx: Tx, command: ReceivedCommand<Input>) => Promise<Decision>;

export interface Commands {
  decide<Input>(command: ReceivedCommand<Input>, decide: Decide<Input>): Promise<CommandAnswer>;
}

/** Refusals that say something about the moment, not about the command: trying again may succeed. */
const passingRefusals: ReadonlySet<ErrorCode> = new Set([
  'not_signed_in',
  'rate_limited',
  'busy',
  'stopping',
]);

export function createCommands(parts: { db: Database; changes: Changes; queue: Queue }): Commands {
  const { db, changes, queue } = parts;

  async function decide<Input>(command: ReceivedCommand<Input>, decideInside: Decide<Input>) {
    const inputText = canonicalJson(command.input);
    const inputHash = createHash('sha256').update(`${command.name}\n${inputText}`).digest('hex');
    const actorId = actorIdOf(command.actor);

    const recorded = async (tx: Tx): Promise<CommandAnswer | undefined> => {
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
      if (receipt.outcome === 'accepted') return JSON.parse(receipt.answer) as CommandAnswer;
      const refusal = JSON.parse(receipt.answer) as { code: ErrorCode; details: ErrorDetails };
      throw new DomainError(refusal.code, refusal.details);
    };

    const receiptOf = (outcome: 'accepted' | 'refused', answer: object, seq: number | null) => ({
      command_id: command.commandId,
      workspace_id: command.workspaceId,
      actor_id: actorId,
      name: command.name,
      aggregate: command.aggregate,
      input_hash: inputHash,
      input: inputText,
      outcome,
      answer: JSON.stringify(answer),
      occurred_at: command.occurredAt,
      recorded_at: command.now,
      seq,
    });

    let repeated = false;
    try {
      const answer = await db.write(async (tx) => {
        const earlier = await recorded(tx);
        if (earlier) {
          repeated = true;
          return earlier;
        }
        const decision = await decideInside(tx, command);
        const stored = await changes.record(tx, command.workspaceId, decision.records);
        const result: CommandAnswer = { ...stored, notes: decision.notes ?? [] };
        await tx
          .insertInto('receipts')
          .values(receiptOf('accepted', result, stored.seq))
          .execute();
        if (decision.jobs?.length) await queue.add(tx, decision.jobs);
        return result;
      });
      if (!repeated) {
        changes.announce(command.workspaceId, answer.seq);
        queue.wake();
      }
      return answer;
    } catch (error) {
      const code = errorCodeOf(error);
      if (code && code !== 'command_reused' && !passingRefusals.has(code)) {
        const { details } = error as DomainError;
        await db.write(async (tx) => {
          if (await recorded(tx).catch(() => true)) return;
          await tx
            .insertInto('receipts')
            .values(receiptOf('refused', { code, details }, null))
            .execute();
        });
      }
      throw error;
    }
  }

  return { decide };
}

export const actorIdOf = (actor: Actor): string => (actor.kind === 'person' ? actor.personId : actor.kind);

/** JSON with sorted keys, so that the same input has the same hash whatever order a client wrote it in. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner as Record<string, unknown>).sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : inner,
  );
}
