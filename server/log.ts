/**
 * The server's log: one JSON object a line on stderr (stdout is for the person who started it). It says what
 * happened to which request, never what was in it: no bodies, no query strings, no fragments, no addresses,
 * no names, and of an unexpected error its kind and place, not its message, which may quote content.
 */
import pino from 'pino';
import type { Logger } from 'pino';

export type ServerLog = Logger;

export function createServerLog(level: string): ServerLog {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(options, pino.destination({ dest: 2, sync: true }));
}

/** The path of a request target without query string and fragment. */
export const pathOf = (target: string | undefined): string => (target ?? '/').split(/[?#]/, 1)[0] ?? '/';

const pathLengthLogged = 200;
export const loggedPath = (path: string): string => path.slice(0, pathLengthLogged);

export interface Fault {
  kind: string;
  code: string | undefined;
  /** Where it was thrown: frames only. */
  at: string[];
  cause?: Fault;
}

const framesLogged = 12;
const causesLogged = 3;

/** What may be logged of an unexpected error. */
export function faultOf(error: unknown, depth = causesLogged): Fault {
  if (!(error instanceof Error)) return { kind: typeof error, code: undefined, at: [] };
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  const frames = (error.stack ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '));
  return {
    kind: error.name,
    code: typeof code === 'string' ? code : undefined,
    at: frames.slice(0, framesLogged),
    ...(cause !== undefined && depth > 0 ? { cause: faultOf(cause, depth - 1) } : {}),
  };
}
