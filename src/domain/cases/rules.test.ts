import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorCodeOf } from '../errors.ts';
import type { DomainError } from '../errors.ts';
import { caseStates, caseTracks } from './case.ts';
import type { CaseState, CaseTrack } from './case.ts';
import { checkTransition, isSettled, offeredStates, transitions } from './rules.ts';

/** Written out a second time, in the words of the design, so that a slip in the table shows. */
const asDesigned: Record<CaseTrack, string> = {
  violation: `new→triage|invalid|merged · triage→investigating|awaiting_external|in_review|decided|invalid|merged ·
    investigating→awaiting_external|in_review|decided|merged · awaiting_external→investigating|in_review ·
    in_review→investigating|decided · decided→in_review|closed · closed→investigating · invalid→triage ·
    merged→triage`,
  incident: `new→triage · triage→investigating · investigating→mitigated · mitigated→resolved ·
    resolved→closed · closed→investigating`,
};

const designedPairs = (track: CaseTrack): Set<string> =>
  new Set(
    asDesigned[track].split('·').flatMap((line) => {
      const [from = '', targets = ''] = line.trim().split('→');
      return targets.split('|').map((to) => `${from.trim()} ${to.trim()}`);
    }),
  );

const refusalOf = (
  track: CaseTrack,
  change: { from: CaseState; to: CaseState; reason: string },
): { code: string; details: object } | null => {
  try {
    checkTransition(track, change);
    return null;
  } catch (error) {
    return { code: errorCodeOf(error) ?? 'a fault', details: (error as DomainError).details };
  }
};

const anyTrack = fc.constantFrom(...caseTracks);
const anyState = fc.constantFrom(...caseStates);
/** Few enough pairs to visit each one several times. */
const everyPair = { numRuns: 20 * caseTracks.length * caseStates.length ** 2, verbose: 1 };

describe('the states of a case', () => {
  it('holds exactly the designed transitions for every pair of states on both tracks', () => {
    for (const track of caseTracks) {
      const designed = designedPairs(track);
      for (const from of caseStates)
        for (const to of caseStates)
          expect(transitions[track][from]?.includes(to) ?? false, `${track}: ${from}→${to}`).toBe(
            designed.has(`${from} ${to}`),
          );
    }
  });

  it('refuses whatever is not listed, with both states in the refusal, reason or not', () => {
    fc.assert(
      fc.property(anyTrack, anyState, anyState, fc.string(), (track, from, to, reason) => {
        fc.pre(!designedPairs(track).has(`${from} ${to}`));
        expect(refusalOf(track, { from, to, reason })).toEqual({
          code: 'transition_refused',
          details: { from, to },
        });
      }),
      everyPair,
    );
  });

  it('allows what is listed, given a reason, unless it stands on a record that cannot be made yet', () => {
    fc.assert(
      fc.property(anyTrack, anyState, anyState, (track, from, to) => {
        fc.pre(designedPairs(track).has(`${from} ${to}`));
        const refusal = refusalOf(track, { from, to, reason: 'because it is so' });
        const pair = [from, to];
        if (pair.includes('merged')) expect(refusal?.details).toEqual({ from, to, lacks: 'merge' });
        else expect(refusal).toBeNull();
      }),
      everyPair,
    );
  });

  it('asks for a reason exactly where a case is decided, settled or taken up again', () => {
    fc.assert(
      fc.property(
        anyTrack,
        anyState,
        anyState,
        fc.constantFrom('', ' ', '\n\t'),
        (track, from, to, reason) => {
          fc.pre(refusalOf(track, { from, to, reason: 'said' }) === null);
          const isExplained = [from, to].some((state) => state === 'decided' || isSettled(state));
          const expected = isExplained ? 'reason_required' : undefined;
          expect(refusalOf(track, { from, to, reason })?.code).toBe(expected);
        },
      ),
      everyPair,
    );
    expect(refusalOf('violation', { from: 'closed', to: 'investigating', reason: '' })?.code).toBe(
      'reason_required',
    );
  });

  it('offers only what the check then allows', () => {
    for (const track of caseTracks)
      for (const from of caseStates)
        for (const to of offeredStates(track, from))
          expect(refusalOf(track, { from, to, reason: 'said' })).toBeNull();
    expect(offeredStates('violation', 'triage')).toEqual([
      'investigating',
      'awaiting_external',
      'in_review',
      'decided',
      'invalid',
    ]);
    expect(offeredStates('incident', 'resolved')).toEqual(['closed']);
  });
});
