import { describe, expect, it } from 'vitest';
import type { CommandRow } from '../device/rows.ts';
import { standings } from './order.ts';

const id = (tail: number) => `01920000-0000-7000-8000-${String(tail).padStart(12, '0')}`;
const [folder, inner, paper, other] = [id(1), id(2), id(3), id(4)];

const row = (name: string, aggregate: string, input: object, refusal: CommandRow['refusal'] = null) =>
  ({ name, aggregate, input, refusal }) as CommandRow;
const makeFolder = (of: string, parentId: string | null, refusal: CommandRow['refusal'] = null) =>
  row('folders.create', `folder/${of}`, { id: of, parentId, name: 'Fees' }, refusal);
const move = (folderId: string | null, of = paper) =>
  row('documents.move', `document/${of}`, { id: of, folderId });
const rename = (of = paper) => row('documents.rename', `document/${of}`, { id: of, title: 'Fees' });

const shown = (...rows: CommandRow[]) => standings(rows).map(({ standing }) => standing);

describe('the order in which commands leave', () => {
  it('is that of one aggregate, and aggregates do not wait for each other', () => {
    expect(shown(rename(), rename(), rename(other))).toEqual(['next', 'behind', 'next']);
  });

  it('puts a folder before what is put into it, and an outer folder before an inner one', () => {
    expect(shown(makeFolder(folder, null), makeFolder(inner, folder), move(inner), rename(other))).toEqual([
      'next',
      'behind',
      'behind',
      'next',
    ]);
    expect(shown(move(inner), makeFolder(folder, null))).toEqual(['next', 'next']);
  });

  it('holds back, with a refused folder, all that was built on it and what follows that', () => {
    const refusal = { code: 'not_allowed', details: {}, at: '2026-01-01T00:00:00.000Z' } as never;
    expect(
      shown(makeFolder(folder, null, refusal), makeFolder(inner, folder), move(inner), rename(), move(null)),
    ).toEqual(['refused', 'held', 'held', 'held', 'held']);
  });
});
