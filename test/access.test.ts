/** Every procedure of the router, called as everybody, compared with one table. */
import type { TRPCError } from '@trpc/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorCodeOf } from '#domain/errors.ts';
import { appRouter } from '#server/http/router.ts';
import { accessTable, walkers } from './access-table.ts';
import type { AccessRow, Walker } from './access-table.ts';
import { openAccessWorld } from './access-world.ts';
import type { AccessWorld, Caller } from './access-world.ts';

const procedures = Object.keys(appRouter._def.procedures);
const refusals: readonly string[] = ['not_signed_in', 'not_allowed', 'not_found'];

let world: AccessWorld;
beforeAll(async () => {
  world = await openAccessWorld();
});
afterAll(() => world.close());

type Call = (input: unknown) => Promise<unknown>;
const procedureOf = (caller: Caller, path: string): Call =>
  path.split('.').reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], caller) as Call;

async function outcome(path: string, row: AccessRow, walker: Walker): Promise<string> {
  const self = await world.walk(walker);
  const input = await row.input(world, self);
  try {
    await procedureOf(self.caller, path)(input);
    return 'yes';
  } catch (error) {
    const code = errorCodeOf((error as TRPCError).cause);
    if (code === undefined || code === 'bad_input') throw error;
    return refusals.includes(code) ? `no: ${code}` : 'yes';
  }
}

describe('access', () => {
  it('has a row for every procedure and a procedure for every row', () => {
    expect(Object.keys(accessTable).sort()).toEqual([...procedures].sort());
  });

  for (const path of procedures) {
    const row = accessTable[path];
    if (!row) continue;
    it(`lets ${row.may.length === walkers.length ? 'everybody' : row.may.join(', ')} call ${path}`, async () => {
      const found: Partial<Record<Walker, boolean>> = {};
      for (const walker of walkers) {
        const answer = await outcome(path, row, walker);
        found[walker] = answer === 'yes';
        if (walker === 'nobody' && answer !== 'yes')
          expect(answer).toMatch(/^no: (not_signed_in|not_allowed)$/);
      }
      expect(found).toEqual(Object.fromEntries(walkers.map((walker) => [walker, row.may.includes(walker)])));
    });
  }
});
