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
