/**
 * One server, one attacker, and honest people in a room of their own and in the attacked one: what the attack
 * does to them, and to the server's memory. Used by the test, which judges what must hold on any machine, and
 * by the measurement, which prints the figures.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as Y from 'yjs';
import { messageTypes, syncTypes } from '#domain/sync/wire.ts';
import { step1Frame, updateFrame } from '#server/sync/frames.ts';
import { documentId, rawClient, stockClient, until } from '../fuzz/sync-harness.ts';
import type { Attack, Target } from './attacks.ts';
import { contentOf, isWhole, sameVector } from './chance.ts';
import type { ChaosServer } from './server.ts';

const patienceMs = 60_000;
/** How often the honest ones write, and the server's memory is looked at. */
const beatMs = 10;
const lookMs = 50;

export interface Attacker {
  run(name: Attack, target: Target): Promise<void>;
  stop(): Promise<void>;
}

export function startAttacker(): Attacker {
  const child = fork(fileURLToPath(new URL('./attacker-program.ts', import.meta.url)));
  return {
    async run(name, target) {
      child.send({ name, target });
      const [{ error }] = (await once(child, 'message')) as [{ error: string | null }];
      if (error !== null) throw new Error(`${name}: ${error}`);
    },
    async stop() {
      child.kill();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

export interface Outcome {
  name: Attack;
  /** How long the honest ones of another room waited for each other's words. */
  medianMs: number;
  worstMs: number;
  /** Of the server's memory: while the attack lasted, and what was left of it when all was tidied up. */
  growthBytes: number;
  keptBytes: number;
  worstBacklogBytes: number;
  reports: string[];
}

/** Two who talk in a room of their own; answers how long each word took. */
async function talk(port: number, room: number) {
  const path = (token: string) => `/sync/document/${documentId(room)}?token=${token}`;
  const [writer, reader] = [await rawClient(port, path('ana')), await rawClient(port, path('bia'))];
  const sentMs: number[] = [];
  const tookMs: number[] = [];
  const doc = new Y.Doc();
  doc.on('update', (update: Uint8Array) => {
    sentMs.push(performance.now());
    writer.send(updateFrame(update));
  });
  let hasJoined = false;
  reader.socket.on('message', (data) => {
    const [type, kind] = data as Buffer;
    if (type !== messageTypes.sync) return;
    if (kind === syncTypes.step2) hasJoined = true;
    // What comes before is the text as it was.
    if (kind !== syncTypes.update || !hasJoined) return;
    tookMs.push(performance.now() - (sentMs[tookMs.length] as number));
  });
  reader.send(step1Frame(new Map()));
  await until(() => hasJoined, 'the listener has joined', patienceMs);
  const talking = setInterval(() => doc.getText('text').insert(0, 'x'), beatMs);
  return {
    async end(): Promise<number[]> {
      clearInterval(talking);
      await until(() => tookMs.length === sentMs.length, 'every word has arrived', patienceMs);
      for (const { socket } of [writer, reader]) socket.terminate();
      return tookMs.sort((a, b) => a - b);
    },
  };
}

export async function suffer(
  server: ChaosServer,
  attacker: Attacker,
  name: Attack,
  target: Target,
): Promise<Outcome> {
  const { port, room } = target;
  const victim = stockClient(port, documentId(room), { token: 'ana', params: { ack: '1' } });
  await until(() => victim.provider.synced, 'the victim is in', patienceMs);
  victim.doc.getText('text').insert(0, 'written before the attack; '.repeat(1_000));
  await until(() => victim.durable() > 1, 'it is stored', patienceMs);
  const talkers = await talk(port, room + 1);
  const before = await server.condition({ isTidied: true });
  let [growthBytes, worstBacklogBytes] = [0, 0];
  const look = async () => {
    const now = await server.condition();
    growthBytes = Math.max(growthBytes, now.rssBytes - before.rssBytes);
    worstBacklogBytes = Math.max(worstBacklogBytes, now.worstBacklogBytes);
    return now;
  };
  let isOver = false;
  const attack = attacker.run(name, target).finally(() => (isOver = true));
  while (!isOver) {
    await look();
    await new Promise((resolve) => {
      setTimeout(resolve, lookMs);
    });
  }
  await attack;
  const tookMs = await talkers.end();
  victim.doc.getText('text').insert(0, 'written after the attack; ');
  const newcomer = stockClient(port, documentId(room), { token: 'bia' });
  await until(
    () =>
      newcomer.provider.synced &&
      isWhole(newcomer.doc) &&
      newcomer.text().startsWith('written after') &&
      sameVector(newcomer.doc, victim.doc) &&
      contentOf(newcomer.doc) === contentOf(victim.doc),
    `${name}: a newcomer has everything`,
    patienceMs,
  );
  const { reports, rssBytes } = await server.condition({ isTidied: true });
  for (const client of [victim, newcomer]) client.leave();
  return {
    name,
    medianMs: tookMs[tookMs.length >> 1] as number,
    worstMs: tookMs.at(-1) as number,
    growthBytes,
    keptBytes: rssBytes - before.rssBytes,
    worstBacklogBytes,
    reports,
  };
}

const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

export const cellsOf = (outcome: Outcome): string[] => [
  outcome.name,
  `${outcome.medianMs.toFixed(1)} ms`,
  `${outcome.worstMs.toFixed(1)} ms`,
  mebibytes(outcome.growthBytes),
  mebibytes(outcome.keptBytes),
  mebibytes(outcome.worstBacklogBytes),
];
export const columns = [
  'attack',
  'others wait (median)',
  'at worst',
  'memory grew by',
  'and kept',
  'most unsent to one',
];
