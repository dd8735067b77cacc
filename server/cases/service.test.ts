import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PersonActor } from '#domain/access.ts';
import { workingSetMs } from '#domain/cases/case.ts';
import type { CaseEvent, CaseRecord } from '#domain/cases/case.ts';
import { caseCommands } from '#domain/cases/commands.ts';
import { applyEvent, eventIdOf } from '#domain/cases/timeline.ts';
import type { CaseId, CommandId, DocumentId, WorkspaceId } from '#domain/ids.ts';
import type { CommandAnswer, StoredRecord } from '#domain/records.ts';
import { day, instant, minute } from '#domain/time.ts';
import { openNounHouse, testPerson, testWorkspace } from '../../test/noun.ts';
import type { NounHouse, Sent } from '../../test/noun.ts';
import { brokenAt } from './chain.ts';
import { casePageLimit, createCases } from './service.ts';
import type { Cases } from './service.ts';

const caseId = '018f0000-0000-7000-8000-0000000000c1' as CaseId;

const ana = testPerson('Ana');
const bia = testPerson('Bia');

const opening = {
  caseId,
  track: 'violation' as const,
  title: 'Counterfeit watches',
  narrative: 'Three listings, same photographs.',
  severity: 'high' as const,
  about: null,
};

let house: NounHouse;
let cases: Cases;

beforeEach(async () => {
  house = await openNounHouse();
  cases = createCases(house);
});
afterEach(() => house.close());

const open = (sent?: Sent, more: Partial<typeof opening> = {}) =>
  cases.open(house.received(caseCommands['cases.open'], { ...opening, ...more }, sent));
const claim = (sent?: Sent) => cases.claim(house.received(caseCommands['cases.claim'], { caseId }, sent));
const move = (from: CaseRecord['state'], to: CaseRecord['state'], sent?: Sent, reason = '') =>
  cases.changeState(house.received(caseCommands['cases.changeState'], { caseId, from, to, reason }, sent));
const retitle = (title: string, sent?: Sent) =>
  cases.retitle(house.received(caseCommands['cases.retitle'], { caseId, title }, sent));
const note = (text: string, sent?: Sent) =>
  cases.note(house.received(caseCommands['cases.note'], { caseId, text }, sent));

const caseIn = (answer: CommandAnswer): CaseRecord =>
  answer.records.find((record) => record.kind === 'case')?.value as CaseRecord;
const seqIn = (answer: CommandAnswer): number =>
  answer.records.find((record) => record.kind === 'case')?.seq ?? 0;
const refusedWith = (code: string, details: object = {}) => ({
  code,
  details: expect.objectContaining(details) as object,
});

const feed = async (actor: PersonActor): Promise<StoredRecord[]> =>
  (await house.feed(actor, cases.loaders)).records;

describe('cases on the server', () => {
  it('replay what a device did offline: open, claim, investigate, each once and in order', async () => {
    const ids = Array.from({ length: 4 }, () => house.newId<CommandId>());
    const sent = [
      () => open({ commandId: ids[0]! }),
      () => claim({ commandId: ids[1] as CommandId }),
      () => move('new', 'triage', { commandId: ids[2] as CommandId }),
      () => move('triage', 'investigating', { commandId: ids[3] as CommandId }, 'Photographs match'),
    ];
    for (const send of sent) await send();
    // The device lost every answer and sends it all again.
    house.pass(minute);
    for (const send of sent) await send();

    const found = await cases.get(ana, caseId);
    expect(found.case).toMatchObject({ ref: 'C-000001', state: 'investigating', ownerId: 'ana' });
    expect(found.events.map(({ id, type, position }) => ({ id, type, position }))).toEqual(
      ['opened', 'claimed', 'state_changed', 'state_changed'].map((type, index) => ({
        id: eventIdOf(ids[index] as CommandId),
        type,
        position: index + 1,
      })),
    );
  });

  it('keep both clocks and the name of the day with every event', async () => {
    await open();
    const [event] = (await cases.get(ana, caseId)).events;
    expect(event).toMatchObject({
      actorName: 'Ana',
      occurredAt: '2026-03-02T11:59:00.000Z',
      recordedAt: '2026-03-02T12:00:00.000Z',
    });
  });

  it('give the first of two claims the case and tell the second who holds it', async () => {
    await open();
    const answers = await Promise.allSettled([claim({ by: bia }), claim({ by: ana })]);
    expect(answers.map((answer) => answer.status)).toEqual(['fulfilled', 'rejected']);
    expect((answers[1] as PromiseRejectedResult).reason).toMatchObject(
      refusedWith('already_claimed', { by: 'Bia' }),
    );
    expect((await cases.get(ana, caseId)).case.ownerId).toBe('bia');
  });

  it('take a claim repeated by its holder as done, without a second event', async () => {
    await open();
    await claim();
    expect(caseIn(await claim()).ownerId).toBe('ana');
    expect((await cases.get(ana, caseId)).events).toHaveLength(2);
  });

  it('refuse a change of state that was made from an older picture, and say where it stands and by whom', async () => {
    await open();
    await move('new', 'triage', { by: bia });
    await expect(move('new', 'invalid', {}, 'Spam')).rejects.toMatchObject(
      refusedWith('moved_on', { state: 'triage', by: 'Bia' }),
    );
  });

  it('keep a refusal: the same command asked again is refused the same, though it might now succeed', async () => {
    await open();
    const commandId = house.newId<CommandId>();
    await expect(move('triage', 'investigating', { commandId })).rejects.toMatchObject(
      refusedWith('moved_on', { state: 'new' }),
    );
    await move('new', 'triage');
    await expect(move('triage', 'investigating', { commandId })).rejects.toMatchObject(
      refusedWith('moved_on', { state: 'new' }),
    );
  });

  it('refuse a command id used again with other input or by another person', async () => {
    await open();
    const commandId = house.newId<CommandId>();
    await note('Called the seller', { commandId });
    await expect(note('Called the buyer', { commandId })).rejects.toMatchObject({ code: 'command_reused' });
    await expect(note('Called the seller', { commandId, by: bia })).rejects.toMatchObject({
      code: 'command_reused',
    });
    expect((await cases.get(ana, caseId)).events).toHaveLength(2);
  });

  it('refuse a second case under the id of the first', async () => {
    await open();
    await expect(open({ by: bia }, { title: 'Another' })).rejects.toMatchObject(
      refusedWith('bad_input', { field: 'caseId' }),
    );
  });

  it('refuse who may not, before saying whether the case exists', async () => {
    const vera = testPerson('Vera', 'viewer');
    const stranger = { ...ana, workspaceId: '018f0000-0000-7000-8000-000000000002' as WorkspaceId };
    for (const by of [vera, stranger]) {
      await expect(open({ by })).rejects.toMatchObject({ code: 'not_allowed' });
      await expect(claim({ by })).rejects.toMatchObject({ code: 'not_allowed' });
      await expect(note('Seen', { by })).rejects.toMatchObject({ code: 'not_allowed' });
    }
    await expect(claim()).rejects.toMatchObject({ code: 'not_found' });
    await expect(cases.get({ ...ana, grants: [] }, caseId)).rejects.toMatchObject({ code: 'not_allowed' });
    await expect(cases.list({ ...ana, grants: [] }, { only: 'all', before: null })).rejects.toMatchObject({
      code: 'not_allowed',
    });
  });

  describe('titles and severities, the later one stands', () => {
    it('tell the later writer what another had written that they had not seen', async () => {
      const seen = seqIn(await open());
      await retitle('Fake watches', { by: bia, baseSeq: seen });
      const answer = await retitle('Counterfeit watches, three sellers', { baseSeq: seen });
      expect(caseIn(answer).title).toBe('Counterfeit watches, three sellers');
      expect(answer.notes).toEqual([
        {
          code: 'changed_by_both',
          kind: 'case',
          id: caseId,
          field: 'title',
          before: 'Fake watches',
          now: 'Counterfeit watches, three sellers',
          by: 'bia',
        },
      ]);
    });

    it('say nothing when the other change was seen, was one’s own, or was to another field', async () => {
      const opened = seqIn(await open());
      const theirs = await retitle('Fake watches', { by: bia, baseSeq: opened });
      expect((await retitle('Watches', { baseSeq: seqIn(theirs) })).notes).toEqual([]);
      // Sent from the same old picture, after one's own change.
      expect((await retitle('Watches again', { baseSeq: opened })).notes).toEqual([]);
      const severity = cases.setSeverity(
        house.received(
          caseCommands['cases.setSeverity'],
          { caseId, severity: 'low' },
          { by: bia, baseSeq: opened },
        ),
      );
      expect((await severity).notes).toEqual([]);
    });

    it('say nothing when both wrote the same', async () => {
      const seen = seqIn(await open());
      await retitle('Fake watches', { by: bia, baseSeq: seen });
      const answer = await retitle('Fake watches', { baseSeq: seen });
      expect(answer.notes).toEqual([]);
      expect((await cases.get(ana, caseId)).events).toHaveLength(2);
    });
  });

  describe('refs', () => {
    it('are given without a gap though many open at once and some are refused', async () => {
      const attempts = Array.from({ length: 30 }, (_, index) => {
        const by = index % 3 === 2 ? testPerson('Vera', 'viewer') : ana;
        return open({ by }, { caseId: house.newId<CaseId>() });
      });
      const settled = await Promise.allSettled(attempts);
      const refs = settled
        .filter((one) => one.status === 'fulfilled')
        .map((one) => caseIn(one.value).ref)
        .sort();
      expect(refs).toEqual(
        Array.from({ length: 20 }, (_, index) => `C-${String(index + 1).padStart(6, '0')}`),
      );
    });

    it('count for each workspace by itself', async () => {
      const other = '018f0000-0000-7000-8000-000000000002' as WorkspaceId;
      await house.db.write((tx) =>
        tx
          .insertInto('workspaces')
          .values({ id: other, name: 'Outra', created_at: house.now(), feed_seq: 0, feed_epoch: 'f' })
          .execute(),
      );
      await open();
      const there = house.received(caseCommands['cases.open'], opening, {
        by: { ...ana, workspaceId: other },
      });
      const answer = await cases.open({ ...there, workspaceId: other });
      expect(caseIn(answer)).toMatchObject({ ref: 'C-000001', workspaceId: other });
      expect((await cases.list(ana, { only: 'all', before: null })).cases).toHaveLength(1);
    });
  });

  describe('the timeline', () => {
    const aWalk = async () => {
      await open();
      await claim();
      await note('Called the seller');
      await move('new', 'triage');
      await retitle('Counterfeit watches, three sellers', { by: bia });
      await move('triage', 'invalid', { by: bia }, 'The brand confirmed that they are genuine');
    };

    it('cannot be changed or removed, whoever asks the database', async () => {
      await aWalk();
      await expect(
        house.db.write((tx) => tx.updateTable('case_events').set({ actor_name: 'Nobody' }).execute()),
      ).rejects.toThrow(/append-only/);
      await expect(house.db.write((tx) => tx.deleteFrom('case_events').execute())).rejects.toThrow(
        /append-only/,
      );
      await expect(house.db.raw.deleteFrom('case_events').execute()).rejects.toThrow(/append-only/);
      expect((await cases.get(ana, caseId)).events).toHaveLength(6);
    });

    it('adds up to the case as stored', async () => {
      await aWalk();
      const about = {
        documentId: '018f0000-0000-7000-8000-0000000000d1' as DocumentId,
        clause: { id: 'c4', title: 'Réplicas e falsificações' },
      };
      const other = house.newId<CaseId>();
      await cases.open(house.received(caseCommands['cases.open'], { ...opening, caseId: other, about }));
      const cited = await cases.get(ana, other);
      expect(cited.case.about).toEqual(about);
      expect(applyEvent(undefined, cited.events[0] as CaseEvent, testWorkspace)).toEqual(cited.case);
      const found = await cases.get(ana, caseId);
      const rebuilt = found.events.reduce<CaseRecord | undefined>(
        (before, event) => applyEvent(before, event, testWorkspace),
        undefined,
      );
      expect(rebuilt).toEqual(found.case);
    });

    it('is chained: a fact changed, an event removed, or two swapped show where', async () => {
      await aWalk();
      const { events } = await cases.get(ana, caseId);
      expect(brokenAt(events, testWorkspace)).toBeNull();
      const tampered = (position: number, change: Partial<CaseEvent>) =>
        events.map((event) => (event.position === position ? { ...event, ...change } : event));
      expect(brokenAt(tampered(3, { facts: { text: 'Nothing' } }), testWorkspace)).toBe(3);
      expect(brokenAt(tampered(6, { actorName: 'Ana' }), testWorkspace)).toBe(6);
      expect(
        brokenAt(tampered(2, { recordedAt: instant(Date.parse(house.now()) - day) }), testWorkspace),
      ).toBe(2);
      expect(brokenAt(events.slice(1), testWorkspace)).toBe(1);
      expect(brokenAt([...events.slice(0, 3), ...events.slice(4)], testWorkspace)).toBe(4);
      expect(brokenAt(events, 'another' as WorkspaceId)).toBe(1);
    });
  });

  describe('what devices hold', () => {
    it('is every open case with its timeline, for those who may read cases', async () => {
      await open();
      await note('Called the seller');
      const records = await feed(testPerson('Vera', 'viewer'));
      expect(records.map((record) => record.kind).sort()).toEqual(['case', 'caseEvent', 'caseEvent']);
      const guest: PersonActor = {
        ...ana,
        grants: [{ scope: { kind: 'document', id: 'd' }, role: 'editor', endsAt: null }],
      };
      expect(await feed(guest)).toEqual([]);
    });

    it('ends ninety days after a case was settled; it can then be listed and read on the server', async () => {
      await open();
      await move('new', 'invalid', {}, 'Spam');
      house.pass(workingSetMs - 1);
      expect(await feed(ana)).toHaveLength(3);
      expect((await cases.list(ana, { only: 'history', before: null })).cases).toEqual([]);
      house.pass(1);
      expect(await feed(ana)).toEqual([]);
      expect((await cases.list(ana, { only: 'history', before: null })).cases).toHaveLength(1);
      expect((await cases.get(ana, caseId)).events).toHaveLength(2);
    });

    it('has the whole timeline again when an old case is taken up', async () => {
      await open();
      await move('new', 'invalid', {}, 'Spam');
      house.pass(workingSetMs + day);
      const noted = await note('The reporter wrote again');
      expect(noted.records.map((record) => record.kind)).toEqual(['caseEvent', 'case']);
      const answer = await move('invalid', 'triage', {}, 'It was real');
      expect(answer.records.map((record) => record.kind)).toEqual([
        'caseEvent',
        'caseEvent',
        'caseEvent',
        'caseEvent',
        'case',
      ]);
      // A device that was up to date before learns all of it.
      const known = seqIn(noted);
      const rows = await house.db.read
        .selectFrom('changes')
        .selectAll()
        .where('kind', '=', 'caseEvent')
        .where('seq', '>', known)
        .execute();
      expect(rows).toHaveLength(4);
    });

    it('is listed page by page without losing or repeating one', async () => {
      for (let index = 0; index < casePageLimit + 5; index += 1)
        await open({}, { caseId: house.newId<CaseId>() });
      const first = await cases.list(ana, { only: 'all', before: null });
      expect(first.cases).toHaveLength(casePageLimit);
      const second = await cases.list(ana, { only: 'all', before: first.next });
      expect(second).toMatchObject({ next: null });
      const refs = [...first.cases, ...second.cases].map((record) => record.ref);
      expect(new Set(refs).size).toBe(casePageLimit + 5);
      expect(refs[0]).toBe('C-000055');
    });
  });
});
