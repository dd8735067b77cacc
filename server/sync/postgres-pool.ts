/** Connections of the log to PostgreSQL. */
import pg from 'pg';
import { second } from '#domain/time.ts';

/**
 * A line that went dead without a word (a firewall, a machine that vanished) gives no error: a statement without an
 * answer is refused after this, and its connection destroyed. All commits would wait for it otherwise.
 */
export const statementPatienceMs = 30 * second;
const connectPatienceMs = 10 * second;
/** An idle connection is asked for a sign of life after this. */
const keepAliveAfterMs = 30 * second;

export function openPool(url: string, max: number, patienceMs = statementPatienceMs): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    query_timeout: patienceMs,
    connectionTimeoutMillis: connectPatienceMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveAfterMs,
  });
  // Without a listener a connection that breaks while idle ends the process.
  pool.on('error', () => undefined);
  // The pool hears only of idle ones; one that breaks in use refuses its statement.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
