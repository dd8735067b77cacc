/**
 * Bad clients against a server in a process of its own. On any machine: it lives, no room is given up, nobody
 * has more waiting than the limit, everybody else's words arrive, and newcomers get everything. How long that
 * took is told and not judged, how much memory only in a long round.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backlogLimit } from '#server/sync/line.ts';
import { rounds } from '../rounds.ts';
import { attackNames } from './attacks.ts';
import { firstSeed } from './chance.ts';
import { tell } from './figures.ts';
import { cellsOf, columns, startAttacker, suffer } from './hostile.ts';
import type { Attacker } from './hostile.ts';
import { ChaosServer } from './server.ts';

/** What may be told of bad updates: that something of them waits, or was left out. */
const harmless = new Set(['rows_skipped', 'update_set_aside', 'document_large', 'update_refused']);
/** Of one attack, in a long round; what is collected late is in it. Before large frames had places it was passed. */
const growthLimitBytes = 192 * 1024 * 1024;
const forMs = Math.min(rounds(700), 20_000);

let folder: string;
let server: ChaosServer;
let attacker: Attacker;
let port: number;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stoa-hostile-'));
  server = new ChaosServer();
  attacker = startAttacker();
  port = await server.go({ file: join(folder, 'log.db') });
});
afterAll(async () => {
  await attacker.stop();
  await server.kill();
  await rm(folder, { recursive: true });
});

describe('A bad client hurts nobody but itself (C1-C14, R9, P1-P9)', () => {
  it.each(attackNames)(
    `%s, with seed ${firstSeed}`,
    async (name) => {
      const room = 1 + 2 * attackNames.indexOf(name);
      const outcome = await suffer(server, attacker, name, { port, room, forMs, seed: firstSeed });
      tell(
        cellsOf(outcome)
          .map((cell, index) => `${columns[index]}: ${cell}`)
          .join(', '),
      );
      expect(outcome.reports.filter((report) => !harmless.has(report))).toEqual([]);
      if (rounds(1) > 1) expect(outcome.growthBytes).toBeLessThan(growthLimitBytes);
      // What is written in one go may stand above it for a moment: an answer to a state vector, a portion.
      expect(outcome.worstBacklogBytes).toBeLessThan(backlogLimit + 1024 * 1024);
    },
    120_000,
  );
});
