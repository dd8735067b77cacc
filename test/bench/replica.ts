/**
 * Ten thousand records on the device: how long until they are in memory, until a list is filtered and sorted,
 * and what one change or a long outbox costs after that. `node test/bench/replica.ts`
 *
 * Real rules, real memory; IndexedDB is an imitation in this process, slower than a browser's at reading.
 */
import 'fake-indexeddb/auto';
import type { PersonActor } from '#domain/access.ts';
import { caseCommands } from '#domain/cases/commands.ts';
import type { CaseRecord } from '#domain/cases/case.ts';
import type { CaseId, CommandId, PersonId, WorkspaceId } from '#domain/ids.ts';
import { uuidv7 } from '#domain/ids.ts';
import { Memory } from '#lib/device/memory.ts';
import { openPerson } from '#lib/device/person.ts';
import { changeset } from '#lib/device/rows.ts';
import type { Changeset, CommandRow, RecordRow } from '#lib/device/rows.ts';
import { createOverlay } from '#lib/replica/overlay.ts';
import { createRecordView } from '#lib/replica/records.ts';

const count = 10_000;
const waiting = 200;
const rounds = 7;
const workspaceId = 'w' as WorkspaceId;
const at = '2026-01-01T00:00:00.000Z';
const actor: PersonActor = {
  kind: 'person',
  workspaceId,
  personId: 'p' as PersonId,
  name: 'Ana',
  grants: [{ scope: { kind: 'workspace' }, role: 'editor', endsAt: null }],
  via: 'session',
};

let made = 0;
const newId = (): string => {
  made += 1;
  const random = new Uint8Array(10);
  new DataView(random.buffer).setUint32(6, made);
  return uuidv7(Date.parse(at), random);
};

/** Real cases, made by the real rule. */
function openCases(): RecordRow[] {
  const memory = new Memory();
  const overlay = createOverlay({ memory, workspaceId, actor: () => actor });
  return Array.from({ length: count }, (_, index): RecordRow => {
    const caseId = newId() as CaseId;
    const spec = caseCommands['cases.open'];
    const input = {
      caseId,
      track: 'violation' as const,
      title: `Case ${(index * 7919) % count} of a seller`,
      narrative: 'What happened, in a few words that a person wrote down.',
      severity: (['low', 'medium', 'high', 'critical'] as const)[index % 4] ?? 'low',
      about: null,
    };
    const patches = overlay.guess(spec, input, { commandId: newId() as CommandId, at }) ?? [];
    const value = patches.find(({ kind }) => kind === 'case')?.value;
    return { workspaceId, kind: 'case', id: caseId, seq: index + 1, value };
  });
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

async function measure(what: string, work: () => unknown): Promise<number> {
  const taken: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const startedMs = performance.now();
    await work();
    taken.push(performance.now() - startedMs);
  }
  const ms = median(taken);
  console.log(`${what.padEnd(64)} ${ms.toFixed(2).padStart(9)} ms`);
  return ms;
}

const rows = openCases();
const device = openPerson(indexedDB, 'bench');
for (let from = 0; from < count; from += 500)
  await device.write(workspaceId, from / 500, () => changeset({ records: rows.slice(from, from + 500) }));

console.log(`${count} records, ${waiting} waiting commands, median of ${rounds}`);
const image = await device.load(workspaceId);
const memory = new Memory();
await measure('read from the (imitated) database', () => device.load(workspaceId));
const loadMs = await measure('put into memory', () => memory.load(image));

const overlay = createOverlay({ memory, workspaceId, actor: () => actor });
const view = createRecordView(memory, overlay);
const apply = (changes: Changeset): void => {
  memory.apply(changes, memory.revision + 1);
  view.changed(changes);
};

const firstMs = await measure('first list', () => {
  view.changed(null);
  return view.all('case');
});
await measure('the same list again', () => view.all('case'));
const search = (): CaseRecord[] =>
  view
    .all('case')
    .filter(({ severity, title }) => severity === 'high' && title.toLowerCase().includes('77'))
    .toSorted((a, b) => (a.openedAt < b.openedAt ? 1 : a.openedAt > b.openedAt ? -1 : a.id < b.id ? 1 : -1));
const searchMs = await measure('filter, search and sort', search);
const changeMs = await measure('one record changes, then the same', () => {
  const row = rows[made++ % count] as RecordRow;
  apply(changeset({ records: [{ ...row, seq: count + made }] }));
  return search();
});

for (let index = 0; index < waiting; index += 1) {
  const caseId = rows[(index * 31) % count]?.id as CaseId;
  const row: CommandRow = {
    commandId: newId() as CommandId,
    workspaceId,
    order: index + 1,
    name: 'cases.note',
    aggregate: `case/${caseId}`,
    input: { caseId, text: `note ${index}` },
    base: null,
    baseSeq: null,
    occurredAt: at,
    refusal: null,
  };
  apply(changeset({ commands: [row] }));
}
const waitingMs = await measure(`one record changes while ${waiting} commands wait, then the same`, () => {
  const row = rows[made++ % count] as RecordRow;
  apply(changeset({ records: [{ ...row, seq: count + made }] }));
  return search();
});

device.close();
const startMs = loadMs + firstMs;
const limits: [string, number, number][] = [
  ['start adds under 100 ms', startMs, 100],
  ['list, filter and search within 50 ms', Math.max(searchMs, changeMs, waitingMs), 50],
];
for (const [what, ms, limitMs] of limits) {
  const isKept = ms <= limitMs;
  console.log(`${isKept ? 'kept  ' : 'BROKEN'} ${what}: ${ms.toFixed(1)} ms`);
  if (!isKept) process.exitCode = 1;
}
