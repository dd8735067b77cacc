/** `/healthz`: the process answers. `/readyz`: it can also do its work, asked of what it stands on. */
import { second } from '#domain/time.ts';

/** Something the server cannot work without; resolves when it works. */
export type ReadinessCheck = () => Promise<unknown>;

/** A part that has not answered by then counts as not ready. */
export const readinessTimeoutMs = 3 * second;

export interface Readiness {
  ready: boolean;
  parts: Record<string, 'ok' | 'failed' | 'slow'>;
}

export async function checkReadiness(
  checks: Readonly<Record<string, ReadinessCheck>>,
  timeoutMs = readinessTimeoutMs,
): Promise<Readiness> {
  const entries = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await outcomeOf(check, timeoutMs)] as const),
  );
  return { ready: entries.every(([, outcome]) => outcome === 'ok'), parts: Object.fromEntries(entries) };
}

async function outcomeOf(check: ReadinessCheck, timeoutMs: number): Promise<'ok' | 'failed' | 'slow'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'slow'>((resolve) => {
    timer = setTimeout(() => resolve('slow'), timeoutMs);
  });
  const outcome = check().then(
    () => 'ok' as const,
    () => 'failed' as const,
  );
  const first = await Promise.race([outcome, late]);
  clearTimeout(timer);
  return first;
}
