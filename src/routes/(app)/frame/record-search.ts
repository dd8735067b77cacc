/** What the device holds, as places to go: looked through when something is typed, and made only when found. */
import type { Records } from '#lib/replica/contract.ts';
import type { ScreenCommand } from '#lib/ui/commands.svelte.ts';
import { findIn, folded } from '#lib/ui/find.ts';
import type { IconName } from '#lib/ui/icons.ts';
import { m } from '#i18n/compiled/messages.js';

/** Of one kind; who looks for more types another letter. */
const foundPerKind = 12;

interface Findable {
  id: string;
  label: string;
  /** Folded once: tens of thousands are compared at each letter. */
  text: string;
  href: string;
}

export interface RecordSearch {
  find: (typed: string) => ScreenCommand[];
}

export function searchRecords(records: Pick<Records, 'all'>): RecordSearch {
  const findable = (id: string, label: string, href: string, more = ''): Findable => ({
    id,
    label,
    text: folded(more === '' ? label : `${label} ${more}`),
    href,
  });
  const kinds: { group: () => string; icon: IconName; all: Findable[] }[] = [
    {
      group: m.shell_group_documents,
      icon: 'document',
      all: records.all('document').map(({ id, title }) => findable(id, title, `/documents/${id}`)),
    },
    {
      group: m.shell_group_cases,
      icon: 'case',
      all: records
        .all('case')
        .map(({ id, ref, title }) =>
          findable(id, ref === null ? title : `${ref} ${title}`, `/cases/${id}`, title),
        ),
    },
    {
      group: m.feedback_boards,
      icon: 'feedback',
      all: records.all('board').map(({ id, title }) => findable(id, title, `/feedback/${id}`)),
    },
    {
      group: m.shell_feedback,
      icon: 'feedback',
      all: records
        .all('feedbackItem')
        .map(({ id, boardId, title }) => findable(id, title, `/feedback/${boardId}?item=${id}`)),
    },
    {
      group: m.shell_people,
      icon: 'people',
      all: records.all('person').map(({ id, name, email }) => findable(id, name, '/people', email ?? '')),
    },
  ];
  return {
    find: (typed) =>
      kinds.flatMap(({ group, icon, all }) =>
        findIn(all, typed, ({ text }) => text, foundPerKind).map(
          ({ id, label, text, href }): ScreenCommand => ({
            id: `record ${id}`,
            label,
            keywords: text,
            group: group(),
            icon,
            href,
          }),
        ),
      ),
  };
}
