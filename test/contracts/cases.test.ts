/** What cases ask of a database beyond the port: a timeline it guards itself, refs without gaps, its merge rules. */
import { expect, it } from 'vitest';
import type { PersonActor } from '#domain/access.ts';
import type { CaseRecord } from '#domain/cases/case.ts';
import { caseCommands } from '#domain/cases/commands.ts';
import type { CaseId, CommandId, PersonId, WorkspaceId } from '#domain/ids.ts';
import type { CommandAnswer, CommandSpec } from '#domain/records.ts';
import { brokenAt } from '#server/cases/chain.ts';
import { createCases } from '#server/cases/service.ts';
import { createLocalQueue } from '#server/jobs/local.ts';
import { createChanges } from '#server/storage/changes.ts';
import type { Database } from '#server/storage/database.ts';
import { createCommands } from '#server/storage/receipts.ts';
import type { ReceivedCommand } from '#server/storage/receipts.ts';
import { describeOnEachDatabase } from './each-database.ts';

const workspaceId = '018f0000-0000-7000-8000-000000000001' as WorkspaceId;
const at = '2026-03-02T12:00:00.000Z';
const person = (name: string): PersonActor => ({
  kind: 'person',
  workspaceId,
  personId: name.toLowerCase() as PersonId,
  name,
  grants: [{ scope: { kind: 'workspace' }, role: 'editor', endsAt: null }],
  via: 'session',
});
const ana = person('Ana');
const bia = person('Bia');

async function open(db: Database) {
  await db.write((tx) =>
    tx
      .insertInto('workspaces')
      .values({ id: workspaceId, name: 'Praça', created_at: at, feed_seq: 0, feed_epoch: 'e' })
      .execute(),
  );
  let made = 0;
  const newId = () => `018f0000-0000-7000-8000-${String((made += 1)).padStart(12, '0')}`;
  const changes = createChanges({ db });
  const queue = createLocalQueue({ db, nowMs: () => Date.parse(at), newId });
  const cases = createCases({ db, commands: createCommands({ db, changes, queue }), now: () => at });
  const command = <Input extends object>(
    spec: CommandSpec<string, Input>,
    input: Input,
    actor = ana,
    baseSeq: number | null = null,
  ): ReceivedCommand<Input> => ({
    commandId: newId() as CommandId,
    workspaceId,
    baseSeq,
    occurredAt: at,
    name: spec.name,
    aggregate: spec.aggregate(input),
    input,
    actor,
    now: at,
  });
  const openCase = (caseId = newId() as CaseId) =>
    cases.open(
      command(caseCommands['cases.open'], {
        caseId,
        track: 'incident' as const,
        title: 'Prazo não cumprido',
        narrative: '',
        severity: 'medium' as const,
        about: null,
      }),
    );
  return { cases, command, openCase };
}

const caseIn = (answer: CommandAnswer): { value: CaseRecord; seq: number } => {
  const found = answer.records.find((record) => record.kind === 'case');
  return { value: found?.value as CaseRecord, seq: found?.seq ?? 0 };
};

describeOnEachDatabase('cases', (openDatabase) => {
  it('numbers cases without a gap or a double when many are opened at once', async () => {
    const { openCase } = await open(await openDatabase());
    const answers = await Promise.all(Array.from({ length: 24 }, () => openCase()));
    expect(answers.map((answer) => caseIn(answer).value.ref).sort()).toEqual(
      Array.from({ length: 24 }, (_, index) => `C-${String(index + 1).padStart(6, '0')}`),
    );
  });

  it('gives a case to one of many who claim it at once, and chains every event', async () => {
    const { cases, command, openCase } = await open(await openDatabase());
    const { value } = caseIn(await openCase());
    const claims = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) =>
        cases.claim(command(caseCommands['cases.claim'], { caseId: value.id }, person(`P${String(index)}`))),
      ),
    );
    expect(claims.filter((claim) => claim.status === 'fulfilled')).toHaveLength(1);
    await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        cases.note(command(caseCommands['cases.note'], { caseId: value.id, text: `ação ${String(index)}` })),
      ),
    );
    const { events } = await cases.get(ana, value.id);
    expect(events.map(({ position }) => position)).toEqual(Array.from({ length: 10 }, (_, i) => i + 1));
    expect(brokenAt(events, workspaceId)).toBeNull();
  });

  it('refuses to change or remove an event, whoever asks', async () => {
    const db = await openDatabase();
    const { openCase } = await open(db);
    await openCase();
    const update = db.write((tx) => tx.updateTable('case_events').set({ facts: '{}' }).execute());
    await expect(update).rejects.toThrow(/append-only/);
    const remove = db.write((tx) => tx.deleteFrom('case_events').execute());
    await expect(remove).rejects.toThrow(/append-only/);
  });

  it('notes a title that both changed, and only when the other’s was not seen', async () => {
    const { cases, command, openCase } = await open(await openDatabase());
    const { value, seq } = caseIn(await openCase());
    const retitle = (title: string, actor: PersonActor, baseSeq: number) =>
      cases.retitle(command(caseCommands['cases.retitle'], { caseId: value.id, title }, actor, baseSeq));
    const theirs = await retitle('Prazo', bia, seq);
    expect((await retitle('Atraso', ana, seq)).notes).toMatchObject([
      { code: 'changed_by_both', field: 'title', before: 'Prazo', now: 'Atraso', by: 'bia' },
    ]);
    expect((await retitle('Atraso no pagamento', bia, caseIn(theirs).seq)).notes).toHaveLength(1);
    const seen = caseIn(await retitle('Atrasos', bia, seq + 99)).seq;
    expect((await retitle('Pagamento', ana, seen)).notes).toEqual([]);
  });
});
