/**
 * Something the operator must put right before the server or a command can run. The message is one clear
 * sentence for the terminal; the process ends with a non-zero code. Recognised by name.
 */
export class StartError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'StartError';
  }
}

export const isStartError = (error: unknown): error is StartError =>
  error instanceof Error && error.name === 'StartError';

/** Without the address, which holds a password. Several addresses that refuse come as one error without words. */
export function postgresCannotOpen(error: unknown): StartError {
  const { message, code } = error as { message?: string; code?: string };
  const reason = message || code || 'it does not answer';
  return new StartError(`The PostgreSQL database of DATABASE_URL cannot be opened: ${reason}.`, error);
}
