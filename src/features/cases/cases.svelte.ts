/** What the list of cases knows while one moves between the list and its pages. */
import { createContext } from 'svelte';
import { can } from '#domain/access.ts';
import type { Action } from '#domain/access.ts';
import type { CaseEvent, CaseRecord } from '#domain/cases/case.ts';
import { isSettled } from '#domain/cases/rules.ts';
import { byTimeline } from '#domain/cases/timeline.ts';
import type { PersonId } from '#domain/ids.ts';
import { m } from '#i18n/compiled/messages.js';
import type { Engine } from '#lib/replica/engine.svelte.ts';
import { createCaseFilter, showsSettled, wholeQueue } from './filters.ts';
import type { CaseFilter } from './filters.ts';

export class CaseDesk {
  readonly engine: Engine;
  readonly #filterCases = createCaseFilter();

  filter = $state<CaseFilter>({ ...wholeQueue });
  /** Where the list was scrolled to when a page took its place on the phone. */
  listTop = 0;
  /** The case one came back from. */
  cameFrom = $state.raw<{ key: string } | null>(null);

  /** Pages of settled cases that devices do not keep, as far as they were asked for. */
  #history = $state.raw<readonly CaseRecord[]>([]);
  #next = $state.raw<number | null | 'start'>('start');

  readonly held = $derived.by(() => this.engine.records.all('case'));
  readonly all = $derived.by(() => {
    const { records } = this.engine;
    return [...this.held, ...this.#history.filter((record) => !records.get('case', record.id))];
  });
  readonly shown = $derived.by(() => this.#filterCases(this.all, this.filter, this.engine.actor.personId));
  readonly offersHistory = $derived.by(() => showsSettled(this.filter));

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** `more`: older cases can be asked for; `end`: there are no others. */
  get history(): 'unasked' | 'more' | 'end' {
    return this.#next === 'start' ? 'unasked' : this.#next === null ? 'end' : 'more';
  }

  async readHistory(): Promise<void> {
    const before = this.#next === 'start' ? null : this.#next;
    const { workspaceId } = this.engine;
    const page = await this.engine.ask((api) =>
      api.cases.list.query({ workspaceId, only: 'history', before }),
    );
    this.#history = [...this.#history, ...page.cases];
    this.#next = page.next;
  }

  /** The whole queue of mine, or of nobody's; anything else leaves the filter as it is. */
  showScope(scope: string | null): void {
    if (scope === 'mine' || scope === 'unclaimed') this.filter = { ...wholeQueue, scope };
  }

  clearFilters(): void {
    this.filter = { ...wholeQueue };
  }
}

export const [useCaseDesk, provideCaseDesk] = createContext<CaseDesk>();

export const mayInCases = (engine: Engine, action: Action): boolean =>
  can(engine.actor, action, { kind: 'case', workspaceId: engine.workspaceId });

/** The person's name as this device knows it; null for nobody. */
export function nameOf(engine: Engine, personId: PersonId | null): string | null {
  if (personId === null) return null;
  return engine.records.get('person', personId)?.name ?? m.cases_someone();
}

export const openCasesOf = (engine: Engine, ownerId: PersonId | null): CaseRecord[] =>
  engine.records.all('case').filter((record) => record.ownerId === ownerId && !isSettled(record.state));

/** The timeline as this device holds it, and whether it is whole: an old case may have come with a part. */
export function timelineOf(engine: Engine, caseId: string): { events: CaseEvent[]; whole: boolean } {
  const events = engine.records
    .all('caseEvent')
    .filter((event) => event.caseId === caseId)
    .sort(byTimeline);
  const recorded = events.filter((event) => event.position !== null);
  const whole = events.length > 0 && recorded.every((event, index) => event.position === index + 1);
  return { events, whole };
}
