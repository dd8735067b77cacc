import { expect, it } from 'vitest';
import { createRefusals, refusalToldEveryMs } from './refusals.ts';
import type { Refusal } from './refusals.ts';

it('R3: a refusal is told once in a while, with how often it came; what is no refusal of an update is not', () => {
  let nowMs = 0;
  const told: [string, string, number][] = [];
  const refuse = createRefusals(
    ({ person, reason, times }) => told.push([person, reason, times]),
    () => nowMs,
  );
  const refusal: Refusal = { room: 'document/1', person: 'ana', reason: 'malformed' };
  for (let times = 0; times < 3; times += 1) refuse(refusal);
  refuse({ ...refusal, person: 'bia' });
  refuse({ ...refusal, reason: 'lagging' });
  nowMs = refusalToldEveryMs;
  refuse(refusal);
  expect(told).toEqual([
    ['ana', 'malformed', 1],
    ['bia', 'malformed', 1],
    ['ana', 'malformed', 3],
  ]);
});
