/** A row as small commands leave it, for measurements of the database at work. */
export const receipt = (id: string) => ({
  command_id: id,
  workspace_id: 'home',
  actor_id: 'ana',
  name: 'cases.note',
  aggregate: 'case/1',
  input_hash: 'x'.repeat(64),
  input: JSON.stringify({ text: 'words '.repeat(30) }),
  outcome: 'accepted' as const,
  answer: '{}',
  occurred_at: '2030-01-01T00:00:00.000Z',
  recorded_at: '2030-01-01T00:00:00.000Z',
  seq: null,
});
