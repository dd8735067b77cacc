import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PersonActor, Role } from '../access.ts';
import { errorCodeOf } from '../errors.ts';
import type { CaseId, CommandId, PersonId, WorkspaceId } from '../ids.ts';
import type { GuessContext, RecordPatch, RecordTypes } from '../records.ts';
import { caseStates, caseTitleLimit, severities } from './case.ts';
import type { CaseEvent, CaseRecord } from './case.ts';
import { caseCommands } from './commands.ts';
import { applyEvent, byTimeline, eventIdOf } from './timeline.ts';

const workspaceId = '018f0000-0000-7000-8000-000000000001' as WorkspaceId;
const caseId = '018f0000-0000-7000-8000-0000000000c1' as CaseId;

const person = (name: string, role: Role = 'editor'): PersonActor => ({
  kind: 'person',
  workspaceId,
  personId: name.toLowerCase() as PersonId,
  name,
  grants: [{ scope: { kind: 'workspace' }, role, endsAt: null }],
  via: 'session',
});
const ana = person('Ana');
const bia = person('Bia');

/** A device with nothing but what guesses put there. */
function createDevice() {
  const records = new Map<string, RecordPatch>();
  let made = 0;
  const contextFor = (actor: PersonActor): GuessContext => {
    made += 1;
    return {
      commandId: `018f0000-0000-7000-8000-${String(made).padStart(12, '0')}` as CommandId,
      workspaceId,
      actor,
      at: new Date(1_800_000_000_000 + made * 1000).toISOString(),
      read: (kind, id) => records.get(`${kind}/${id}`)?.value as never,
    };
  };
  return {
    run<Input extends { caseId: CaseId }>(
      spec: { input: { parse: (raw: unknown) => Input }; guess: unknown },
      input: unknown,
      actor = ana,
    ): RecordPatch[] {
      const guess = spec.guess as (input: Input, context: GuessContext) => RecordPatch[];
      const patches = guess(spec.input.parse(input), contextFor(actor));
      for (const patch of patches) records.set(`${patch.kind}/${patch.id}`, patch);
      return patches;
    },
    put: <Kind extends keyof RecordTypes>(kind: Kind, id: string, value: RecordTypes[Kind]) =>
      records.set(`${kind}/${id}`, { kind, id, value } as RecordPatch),
    case: () => records.get(`case/${caseId}`)?.value as CaseRecord | undefined,
    events: () =>
      [...records.values()]
        .filter((patch) => patch.kind === 'caseEvent')
        .map((patch) => patch.value as CaseEvent)
        .sort(byTimeline),
  };
}

const opening = {
  caseId,
  track: 'violation',
  title: '  Counterfeit watches  ',
  narrative: 'Three listings,\nsame photographs.',
  severity: 'high',
  about: null,
};
const refusal = (run: () => unknown): string | undefined => {
  try {
    run();
  } catch (error) {
    return errorCodeOf(error) ?? 'a fault';
  }
  return undefined;
};

describe('the guesses of case commands', () => {
  it('open, claim and investigate in a row without a server, each with its entry in the timeline', () => {
    const device = createDevice();
    device.run(caseCommands['cases.open'], opening);
    expect(device.case()).toMatchObject({ ref: null, title: 'Counterfeit watches', state: 'new' });
    device.run(caseCommands['cases.claim'], { caseId });
    device.run(caseCommands['cases.changeState'], { caseId, from: 'new', to: 'triage', reason: '' });
    device.run(caseCommands['cases.changeState'], {
      caseId,
      from: 'triage',
      to: 'investigating',
      reason: 'Photographs match',
    });
    expect(device.case()).toMatchObject({ ownerId: 'ana', state: 'investigating', settledAt: null });
    expect(device.events().map((event) => event.type)).toEqual([
      'opened',
      'claimed',
      'state_changed',
      'state_changed',
    ]);
    expect(device.events().every((event) => event.recordedAt === null && event.hash === null)).toBe(true);
  });

  it('give an event the id that follows from its command', () => {
    const device = createDevice();
    const [, event] = device.run(caseCommands['cases.open'], opening);
    expect(event?.id).toBe(eventIdOf('018f0000-0000-7000-8000-000000000001' as CommandId));
  });

  it('refuse what the person may not do', () => {
    const device = createDevice();
    const attempt = (actor: PersonActor) => () => device.run(caseCommands['cases.open'], opening, actor);
    expect(refusal(attempt(person('Vera', 'viewer')))).toBe('not_allowed');
    expect(refusal(attempt({ ...ana, grants: [] }))).toBe('not_allowed');
    expect(refusal(attempt(person('Caio', 'commenter')))).toBeUndefined();
    expect(
      refusal(() => device.run(caseCommands['cases.claim'], { caseId }, person('Caio', 'commenter'))),
    ).toBe('not_allowed');
    expect(
      refusal(() =>
        device.run(caseCommands['cases.note'], { caseId, text: 'Seen' }, person('Caio', 'commenter')),
      ),
    ).toBeUndefined();
  });

  it('tell the second claimer who holds it, and take a claim repeated by its holder as done', () => {
    const device = createDevice();
    device.put('person', 'ana', { id: ana.personId, name: 'Ana', email: null, role: 'editor', active: true });
    device.run(caseCommands['cases.open'], opening);
    device.run(caseCommands['cases.claim'], { caseId });
    expect(device.run(caseCommands['cases.claim'], { caseId })).toEqual([]);
    expect(() => device.run(caseCommands['cases.claim'], { caseId }, bia)).toThrow(
      expect.objectContaining({ code: 'already_claimed', details: { by: 'Ana' } }),
    );
  });

  it('release one’s own claim freely, another’s with a reason, and never one that was not meant', () => {
    const device = createDevice();
    device.run(caseCommands['cases.open'], opening);
    device.run(caseCommands['cases.claim'], { caseId });
    const release = (input: object, actor: PersonActor) => () =>
      device.run(caseCommands['cases.release'], { caseId, reason: '', ...input }, actor);
    expect(refusal(release({ holderId: 'bia' }, bia))).toBe('already_claimed');
    expect(refusal(release({ holderId: 'ana' }, bia))).toBe('reason_required');
    expect(refusal(release({ holderId: 'ana', reason: 'On leave' }, bia))).toBeUndefined();
    expect(device.case()?.ownerId).toBeNull();
    expect(release({ holderId: 'ana' }, ana)()).toEqual([]);
  });

  it('keep the facts of a settled case until it is reopened; notes are still taken', () => {
    const device = createDevice();
    device.run(caseCommands['cases.open'], opening);
    device.run(caseCommands['cases.changeState'], { caseId, from: 'new', to: 'invalid', reason: 'Spam' });
    expect(device.case()?.settledAt).not.toBeNull();
    for (const [name, input] of [
      ['cases.claim', {}],
      ['cases.setSeverity', { severity: 'low' }],
      ['cases.retitle', { title: 'Another' }],
      ['cases.release', { holderId: 'ana', reason: '' }],
    ] as const)
      expect(refusal(() => device.run(caseCommands[name], { caseId, ...input }))).toBe('case_settled');
    device.run(caseCommands['cases.note'], { caseId, text: 'The reporter wrote again' });
    device.run(caseCommands['cases.changeState'], { caseId, from: 'invalid', to: 'triage', reason: 'Real' });
    expect(device.case()).toMatchObject({ state: 'triage', settledAt: null });
  });

  it('refuse a change of state from a state the case has left', () => {
    const device = createDevice();
    device.run(caseCommands['cases.open'], opening);
    device.run(caseCommands['cases.changeState'], { caseId, from: 'new', to: 'triage', reason: '' });
    expect(() =>
      device.run(caseCommands['cases.changeState'], { caseId, from: 'new', to: 'triage', reason: '' }),
    ).toThrow(expect.objectContaining({ code: 'moved_on', details: { state: 'triage', by: '' } }));
  });

  it('show nothing for a case this device does not hold, and leave it to the server', () => {
    expect(createDevice().run(caseCommands['cases.note'], { caseId, text: 'From the archive' })).toEqual([]);
  });

  it('refuse input past the limits at the door', () => {
    const { input } = caseCommands['cases.open'];
    expect(input.safeParse({ ...opening, title: 'x'.repeat(caseTitleLimit + 1) }).success).toBe(false);
    expect(input.safeParse({ ...opening, title: '   ' }).success).toBe(false);
    expect(input.safeParse({ ...opening, track: 'rumour' }).success).toBe(false);
    expect(caseCommands['cases.note'].input.safeParse({ caseId, text: ' \n ' }).success).toBe(false);
  });

  it('rebuild any case from its events alone, whatever was done to it', () => {
    const step = fc.oneof(
      fc.record({ name: fc.constant('cases.claim' as const) }),
      fc.record({
        name: fc.constant('cases.release' as const),
        holderId: fc.constantFrom('ana', 'bia'),
        reason: fc.constantFrom('', 'ill'),
      }),
      fc.record({
        name: fc.constant('cases.changeState' as const),
        from: fc.constantFrom(...caseStates),
        to: fc.constantFrom(...caseStates),
        reason: fc.constantFrom('', 'because'),
      }),
      fc.record({
        name: fc.constant('cases.setSeverity' as const),
        severity: fc.constantFrom(...severities),
      }),
      fc.record({ name: fc.constant('cases.retitle' as const), title: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ name: fc.constant('cases.note' as const), text: fc.constantFrom('x', 'y') }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom('violation', 'incident'),
        fc.array(fc.tuple(step, fc.constantFrom(ana, bia)), { maxLength: 40 }),
        (track, steps) => {
          const device = createDevice();
          device.run(caseCommands['cases.open'], { ...opening, track });
          for (const [{ name, ...input }, actor] of steps) {
            // Half of the time from where the case is, so that long walks happen too.
            const from = steps.length % 2 ? device.case()?.state : undefined;
            const given = { caseId, ...input, ...(from && { from }) };
            const code = refusal(() => device.run(caseCommands[name], given, actor));
            expect(code).not.toBe('a fault');
          }
          const rebuilt = device
            .events()
            .reduce<CaseRecord | undefined>(
              (before, event) => applyEvent(before, event, workspaceId),
              undefined,
            );
          expect(rebuilt).toEqual(device.case());
        },
      ),
      { numRuns: 200, verbose: 1 },
    );
  });
});
