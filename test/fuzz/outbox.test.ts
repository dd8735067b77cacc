/**
 * Two devices give random commands on shared cases while their lines are cut, answers are lost, delayed or
 * doubled, and tabs are killed at any point. Whatever happened: every command that a device kept has exactly
 * one effect or one refusal on the server, every refusal is listed on the device, and in the end both devices
 * hold what the server holds.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { caseStates, severities } from '#domain/cases/case.ts';
import { caseCommands } from '#domain/cases/commands.ts';
import { errorCodeOf } from '#domain/errors.ts';
import type { CaseId } from '#domain/ids.ts';
import type { CommandSpec } from '#domain/records.ts';
import type { Engine } from '#lib/replica/engine.svelte.ts';
import { createDevice, until } from '../devices.ts';
import type { Device, Fate, Tab } from '../devices.ts';
import { startWorld } from '../harness.ts';
import type { Person, World } from '../harness.ts';
import { rounds } from '../rounds.ts';

/** FUZZ_SEED to see a printed seed again. */
const runs = rounds(10);

let world: World;
let people: [Person, Person];
beforeAll(async () => {
  world = await startWorld();
  people = [world.owner, await world.invite('editor', 'Bruno')];
});
afterAll(() => world.stop());

const fates: readonly Fate[] = [
  'deliver',
  'deliver',
  'deliver',
  'cut',
  'lose_answer',
  'send_twice',
  'kill_before_send',
  'kill_before_answer',
  'kill_at_answer',
];

type Gesture = 'open' | 'claim' | 'note' | 'retitle' | 'severity' | 'state';
type Step =
  | { kind: 'give'; who: 0 | 1; gesture: Gesture; pick: number; value: number }
  | { kind: 'line'; who: 0 | 1; isUp: boolean }
  | { kind: 'kill'; who: 0 | 1 }
  | { kind: 'fate'; who: 0 | 1; fate: Fate; delayMs: number }
  | { kind: 'rest'; ms: number };

const who = fc.constantFrom(0 as const, 1 as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('give' as const),
      who,
      gesture: fc.constantFrom<Gesture>('open', 'claim', 'note', 'note', 'retitle', 'severity', 'state'),
      pick: fc.nat(1000),
      value: fc.nat(1000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('line' as const), who, isUp: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill' as const), who }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('fate' as const),
      who,
      fate: fc.constantFrom(...fates),
      delayMs: fc.constantFrom(0, 0, 3, 15),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rest' as const), ms: fc.constantFrom(1, 10, 40) }) },
);

/** One device and what was given on it. */
interface Player {
  device: Device;
  tab: Tab;
  /** Ids of commands that the device said it kept. */
  kept: Set<string>;
}

async function aliveTab(player: Player): Promise<Tab> {
  for (let attempt = 0; player.tab.isKilled && attempt < 20; attempt += 1)
    player.tab = await player.device.openTab().catch(() => player.tab);
  return player.tab;
}

const pickFrom = <One>(list: readonly One[], index: number): One | undefined => list[index % list.length];

/** A gesture as a screen would make it: about a case that this device shows, in the state it shows. */
function commandOf(engine: Engine, { gesture, pick, value }: Extract<Step, { kind: 'give' }>, mine: string) {
  const cases = engine.records.all('case').filter(({ title }) => title.startsWith(mine));
  const found = pickFrom(cases, pick);
  if (gesture === 'open' || !found) {
    const caseId = engine.newId() as CaseId;
    const fresh = { track: 'violation', narrative: '', severity: 'low', about: null } as const;
    return { spec: caseCommands['cases.open'], input: { ...fresh, caseId, title: `${mine} ${value}` } };
  }
  const caseId = found.id;
  switch (gesture) {
    case 'claim':
      return { spec: caseCommands['cases.claim'], input: { caseId } };
    case 'note':
      return { spec: caseCommands['cases.note'], input: { caseId, text: engine.newId() } };
    case 'retitle':
      return { spec: caseCommands['cases.retitle'], input: { caseId, title: `${mine} again ${value}` } };
    case 'severity':
      return {
        spec: caseCommands['cases.setSeverity'],
        input: { caseId, severity: pickFrom(severities, value) },
      };
    case 'state':
      return {
        spec: caseCommands['cases.changeState'],
        input: { caseId, from: found.state, to: pickFrom(caseStates, value), reason: 'because' },
      };
  }
}

/** What a killed tab leaves unsettled never comes; the script goes on without it. */
const orKilled = (tab: Tab, work: Promise<unknown>) => Promise.race([work, tab.killed]);

async function perform(players: readonly Player[], one: Step, mine: string): Promise<void> {
  if (one.kind === 'rest') {
    await new Promise((resolve) => setTimeout(resolve, one.ms));
    return;
  }
  const player = players[one.who] as Player;
  const { device } = player;
  if (one.kind === 'line') return device.setLine(one.isUp);
  if (one.kind === 'kill') return player.tab.kill();
  if (one.kind === 'fate') {
    // A line that kills, kills once: else no tab would live long enough to give anything.
    let isUsed = false;
    device.line.fate = () => {
      const fate = isUsed && one.fate.startsWith('kill') ? 'deliver' : one.fate;
      isUsed = true;
      return fate;
    };
    device.line.delayMs = () => one.delayMs;
    return;
  }
  const tab = await aliveTab(player);
  const { spec, input } = commandOf(tab.engine, one, mine);
  const sent = tab.engine.send(spec as CommandSpec<string, unknown>, input).then(
    (commandId) => {
      if (!tab.isKilled) player.kept.add(commandId);
    },
    (error: unknown) => {
      if (errorCodeOf(error) === undefined && !tab.isKilled) throw error;
    },
  );
  await orKilled(tab, sent);
}

const linesGood = (player: Player): void => {
  player.device.line.fate = () => 'deliver';
  player.device.line.delayMs = () => 0;
  player.device.setLine(true);
};

/** Nothing is left but what was refused and what is held behind it. */
const isSettled = ({ engine }: Tab): boolean =>
  engine.online && engine.status.things.every(({ state }) => state === 'held');

/** A request whose fate was to kill may still be on its way: then the next tab has to finish the work. */
async function settle(player: Player): Promise<void> {
  do {
    const tab = await aliveTab(player);
    await until('nothing is on the way', () => tab.isKilled || isSettled(tab), 30_000);
    if (!tab.isKilled) await Promise.race([tab.engine.refresh(), tab.killed]);
  } while (player.tab.isKilled);
}

const receipts = async (ids: readonly string[]) => {
  const rows = await world.server.house.db.read
    .selectFrom('receipts')
    .select(['command_id', 'outcome'])
    .where('command_id', 'in', [...ids, ''])
    .execute();
  return new Map(rows.map((row) => [row.command_id, row.outcome]));
};

const shown = ({ engine }: Tab, mine: string) => {
  const cases = engine.records.all('case').filter(({ title }) => title.startsWith(mine));
  const ids = new Set(cases.map(({ id }) => id));
  const events = engine.records.all('caseEvent').filter(({ caseId }) => ids.has(caseId));
  const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
  return { cases: cases.toSorted(byId), events: events.toSorted(byId) };
};

async function check(players: readonly Player[], mine: string): Promise<void> {
  for (const player of players) {
    const { engine } = player.tab;
    const outcomes = await receipts([...player.kept]);
    const refused = new Set<string>(engine.needsYou.map(({ commandId }) => commandId));
    const held = new Set(engine.status.things.map(({ id }) => id));
    for (const id of player.kept) {
      const expected = refused.has(id) ? 'refused' : held.has(id) ? undefined : 'accepted';
      expect(outcomes.get(id), `outcome of ${id}`).toBe(expected);
    }
  }
  // The person gives up what was refused; then the screen has nothing of its own to show.
  for (const { tab } of players) {
    while (tab.engine.needsYou[0]) await tab.engine.needsYou[0].discard({ withLater: true });
    await tab.engine.refresh();
  }
  const device = createDevice(world, world.owner);
  try {
    const fresh = await device.openTab();
    await until('the fresh device has read everything', () => fresh.engine.records.complete);
    const truth = shown(fresh, mine);
    for (const { tab } of players) {
      await tab.engine.refresh();
      await until('both have read to the end', () => isSettled(tab));
      expect(shown(tab, mine)).toEqual(truth);
    }
    const said = truth.events.filter(({ type }) => type === 'noted').map(({ facts }) => facts.text);
    expect(new Set(said).size, 'every note stands once').toBe(said.length);
  } finally {
    await device.close();
  }
}

it(
  'whatever happens on the way, every command has one effect and both devices end equal',
  async () => {
    let count = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 15, maxLength: 50 }), async (steps) => {
        count += 1;
        const mine = `run ${count} of ${world.newId()}:`;
        const players: Player[] = [];
        for (const person of people) {
          const device = createDevice(world, person, { haste: 200 });
          players.push({ device, tab: await device.openTab(), kept: new Set() });
        }
        try {
          for (const one of steps) await perform(players, one, mine);
          for (const player of players) linesGood(player);
          for (const player of players) await settle(player);
          await check(players, mine);
        } finally {
          for (const { device } of players) await device.close();
        }
      }),
      {
        numRuns: runs,
        endOnFailure: true,
        ...(process.env.FUZZ_SEED ? { seed: Number(process.env.FUZZ_SEED) } : {}),
      },
    );
  },
  rounds(300_000),
);
