/** Which cases the list shows, and in which order. Runs on every key press over everything the device holds. */
import { severities } from '#domain/cases/case.ts';
import type { CaseRecord, CaseState, CaseTrack, Severity } from '#domain/cases/case.ts';
import { isSettled } from '#domain/cases/rules.ts';
import type { PersonId } from '#domain/ids.ts';
import { folded } from '#lib/ui/find.ts';

export interface CaseFilter {
  scope: 'all' | 'mine' | 'unclaimed';
  state: 'open' | 'settled' | 'any' | CaseState;
  track: CaseTrack | 'any';
  severity: Severity | 'any';
  text: string;
}

/** The working queue: everything open, whoever holds it. */
export const wholeQueue: CaseFilter = {
  scope: 'all',
  state: 'open',
  track: 'any',
  severity: 'any',
  text: '',
};

/** How many of the filters beside scope and text differ from the whole queue. */
export const filtersOn = (filter: CaseFilter): number =>
  (['state', 'track', 'severity'] as const).filter((name) => filter[name] !== wholeQueue[name]).length;

/** Whether settled cases can be among what is shown, so that older ones may be asked for. */
export const showsSettled = ({ state }: CaseFilter): boolean =>
  state === 'settled' || state === 'any' || (state !== 'open' && isSettled(state));

/**
 * Gives the filter. Folding the text of a case is what costs, so it is kept for as long as the record object
 * lives; a changed case is a new object.
 */
export function createCaseFilter() {
  const haystacks = new WeakMap<CaseRecord, string>();
  const haystackOf = (record: CaseRecord): string => {
    let text = haystacks.get(record);
    if (text === undefined) {
      text = folded(`${record.ref ?? ''}\n${record.title}\n${record.narrative}`);
      haystacks.set(record, text);
    }
    return text;
  };

  return (cases: readonly CaseRecord[], filter: CaseFilter, me: PersonId): CaseRecord[] => {
    const words = folded(filter.text).split(/\s+/u).filter(Boolean);
    const { scope, state, track, severity } = filter;
    return cases
      .filter(
        (record) =>
          (scope === 'all' || record.ownerId === (scope === 'mine' ? me : null)) &&
          (state === 'any' ||
            record.state === state ||
            (state === 'open' && !isSettled(record.state)) ||
            (state === 'settled' && isSettled(record.state))) &&
          (track === 'any' || record.track === track) &&
          (severity === 'any' || record.severity === severity) &&
          words.every((word) => haystackOf(record).includes(word)),
      )
      .sort(inOrderOfWork);
  };
}

const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Open before settled; open ones worst first, then longest waiting; settled ones newest first. */
export function inOrderOfWork(a: CaseRecord, b: CaseRecord): number {
  if (a.settledAt !== null && b.settledAt !== null) return text(b.settledAt, a.settledAt) || text(a.id, b.id);
  if (a.settledAt !== null || b.settledAt !== null) return a.settledAt === null ? -1 : 1;
  const worse = severities.indexOf(b.severity) - severities.indexOf(a.severity);
  return worse || text(a.openedAt, b.openedAt) || text(a.id, b.id);
}
