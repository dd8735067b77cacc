/** What a migration is. Written once, never changed after it was released: the next one mends it. */
import type { Database, Tx } from '../database.ts';

/** The few column types whose names differ; beside them use `text`, `integer` and `bigint` only. */
export interface ColumnTypes {
  bytes: 'blob' | 'bytea';
}

export const columnTypes: Record<Database['dialect'], ColumnTypes> = {
  sqlite: { bytes: 'blob' },
  postgres: { bytes: 'bytea' },
};

export interface Migration {
  /** `<nnnn>-<noun>`, the same as the file's name. */
  id: string;
  /** Runs on both databases, inside one transaction. Only triggers need to know which it is. */
  up(tx: Tx, types: ColumnTypes, dialect: Database['dialect']): Promise<void>;
}
