/** The fields of a command in which a person writes at length. No command has two of them. */
const writtenAtLength = ['text', 'reason', 'narrative'] as const;

/** What the person had written into a refused command: it stands nowhere else any more. Empty where nothing was. */
export function saidIn(input: unknown): string {
  const fields = (input ?? {}) as Record<string, unknown>;
  for (const field of writtenAtLength) {
    const value = fields[field];
    if (typeof value === 'string' && value.trim() !== '') return value;
  }
  return '';
}

/** The title or name that was given in a refused command; empty where none was. */
export function namedIn(input: unknown): string {
  const { title, name } = (input ?? {}) as Record<string, unknown>;
  const given = title ?? name;
  return typeof given === 'string' ? given : '';
}
