/** Recognising database errors on both databases, by code. */
import { DomainError } from '#domain/errors.ts';

const codeOf = (error: unknown): { code?: unknown; errcode?: unknown } =>
  typeof error === 'object' && error !== null ? error : {};

/** SQLITE_CONSTRAINT_UNIQUE, _PRIMARYKEY and _ROWID. */
const sqliteUnique: ReadonlySet<unknown> = new Set([2067, 1555, 2579]);

/** Whether a statement failed because such a row exists already. */
export function isUniqueViolation(error: unknown): boolean {
  const { code, errcode } = codeOf(error);
  return code === '23505' || (code === 'ERR_SQLITE_ERROR' && sqliteUnique.has(errcode));
}

/** Primary SQLite codes after which it is unknown what is on disk: IOERR, CORRUPT, FULL, NOTADB. */
const brokenDisk: ReadonlySet<number> = new Set([10, 11, 13, 26]);
const sqliteBusy = 5;
const sqliteConstraint = 19;

const primaryCode = (error: unknown): number => {
  const { errcode } = codeOf(error);
  return typeof errcode === 'number' ? errcode & 0xff : 0;
};

/** CORRUPT, NOTADB. */
const brokenFile: ReadonlySet<number> = new Set([11, 26]);
export const isBrokenFile = (error: unknown): boolean => brokenFile.has(primaryCode(error));
export const isBrokenDisk = (error: unknown): boolean => brokenDisk.has(primaryCode(error));
export const isConstraint = (error: unknown): boolean => primaryCode(error) === sqliteConstraint;

/** serialization_failure, deadlock_detected, lock_not_available; on SQLite: another process kept writing. */
const postgresBusy: ReadonlySet<unknown> = new Set(['40001', '40P01', '55P03']);
export const isBusy = (error: unknown): boolean =>
  primaryCode(error) === sqliteBusy || postgresBusy.has(codeOf(error).code);

/** An error of the closed list that keeps what caused it for the operator's log. */
export function causedBy(code: 'storage_failed' | 'busy', cause: unknown): DomainError {
  const error = new DomainError(code);
  error.cause = cause;
  return error;
}
