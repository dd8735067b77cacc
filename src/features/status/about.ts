/** What a waiting or refused change is about, named from the records on this device. */
import { commandNamed } from '#domain/commands.ts';
import type { ReadRecord } from '#domain/records.ts';

export interface About {
  /** Title or name; null when the record is not here (removed, or no longer to be seen). */
  name: string | null;
  /** Where it can be looked at. */
  href: string | null;
}

export function aboutOf(aggregate: string, read: ReadRecord): About {
  const slash = aggregate.indexOf('/');
  const kind = slash < 0 ? aggregate : aggregate.slice(0, slash);
  const id = slash < 0 ? '' : aggregate.slice(slash + 1);
  switch (kind) {
    case 'document':
      return { name: read('document', id)?.title ?? null, href: `/documents/${id}` };
    case 'folder':
      return { name: read('folder', id)?.name ?? null, href: `/documents?folder=${id}` };
    case 'case': {
      const found = read('case', id);
      return {
        name: found ? [found.ref, found.title].filter(Boolean).join(' ') : null,
        href: `/cases/${id}`,
      };
    }
    case 'board':
      return { name: read('board', id)?.title ?? null, href: `/feedback/${id}` };
    case 'item':
    case 'feedbackItem': {
      const found = read('feedbackItem', id);
      return { name: found?.title ?? null, href: found ? `/feedback/${found.boardId}` : null };
    }
    case 'person':
      return { name: read('person', id)?.name ?? null, href: '/people' };
    default:
      return { name: null, href: null };
  }
}

/** The input to send a refused change with as things stand now; null when it would be refused again. */
export function againNow({ name, input }: { name: string; input: unknown }, read: ReadRecord): unknown {
  const spec = commandNamed(name);
  return spec?.again ? spec.again(input, read) : input;
}
