import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createServerLog } from '../log.ts';
import { openHouse } from '../open.ts';
import { fillDemo } from './fill.ts';

it('the demonstration shows two people, documents of every kind in both languages, cases and a board', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'stoa-demo-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const house = await openHouse({ config: { dataDir, databaseUrl: null }, log: createServerLog('silent') });
  onTestFinished(() => house.close());

  const { people } = await fillDemo(house);
  const [owner] = people;
  const page = await house.services.feed((owner as NonNullable<typeof owner>).actor, null);
  const documents = page.records.flatMap((record) => (record.kind === 'document' ? [record.value] : []));
  expect(new Set(documents.map((document) => document?.kind))).toEqual(
    new Set(['policy', 'playbook', 'sop', 'note']),
  );
  expect(new Set(documents.map((document) => document?.language))).toEqual(new Set(['en', 'pt-BR']));
  // Written for the purpose: nothing in them is lost on the way in.
  expect(documents.flatMap((document) => document?.importLosses ?? [])).toEqual([]);
  const kinds = page.records.map((record) => record.kind);
  expect(kinds.filter((kind) => kind === 'person')).toHaveLength(2);
  expect(kinds.filter((kind) => kind === 'case')).toHaveLength(3);
  expect(kinds.filter((kind) => kind === 'feedbackItem')).toHaveLength(3);
  expect((await house.services.feedback.readPublic('vendedores', 0, null)).items).toHaveLength(2);
}, 60_000);
