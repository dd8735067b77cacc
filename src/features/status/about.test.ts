import { expect, it } from 'vitest';
import type { ReadRecord, RecordKind } from '#domain/records.ts';
import { aboutOf, againNow } from './about.ts';

const held: Partial<Record<RecordKind, object>> = {
  document: { title: 'Return policy' },
  case: { ref: 'C-000012', title: 'Counterfeit shoes' },
  folder: { name: 'Sellers' },
  feedbackItem: { title: 'Labels print too small', boardId: 'b-1' },
};
const read = ((kind: RecordKind, id: string) => (id === 'gone' ? undefined : held[kind])) as ReadRecord;

it('names a document by its title and leads to it', () => {
  expect(aboutOf('document/d-1', read)).toEqual({ name: 'Return policy', href: '/documents/d-1' });
});
it('names a case by reference and title', () => {
  expect(aboutOf('case/c-1', read).name).toBe('C-000012 Counterfeit shoes');
});
it('leads from a feedback item to its board', () => {
  expect(aboutOf('feedbackItem/i-1', read).href).toBe('/feedback/b-1');
});
it('leads from a folder to the list of what is in it', () => {
  expect(aboutOf('folder/f-1', read)).toEqual({ name: 'Sellers', href: '/documents?folder=f-1' });
});
it('says nothing about what is not on this device', () => {
  expect(aboutOf('case/gone', read).name).toBeNull();
  expect(aboutOf('workspace', read)).toEqual({ name: null, href: null });
});

it('offers to send a refused change again only where the rules would take it now', () => {
  const move = { caseId: 'c-1', from: 'new', to: 'investigating', reason: '' };
  const at = (state: string) => (() => ({ track: 'violation', state })) as unknown as ReadRecord;
  expect(againNow({ name: 'cases.changeState', input: move }, at('triage'))).toEqual({
    ...move,
    from: 'triage',
  });
  expect(againNow({ name: 'cases.changeState', input: move }, at('in_review'))).not.toBeNull();
  expect(againNow({ name: 'cases.changeState', input: move }, at('new'))).toBeNull();
  expect(againNow({ name: 'documents.rename', input: move }, at('new'))).toBe(move);
});
