/** The engine against a real server: what a person gives on a device, and what becomes of it. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { caseCommands } from '#domain/cases/commands.ts';
import { errorCodeOf } from '#domain/errors.ts';
import type { CaseId } from '#domain/ids.ts';
import { createDevice, until } from './devices.ts';
import type { Device, DeviceOptions, Tab } from './devices.ts';
import { startWorld } from './harness.ts';
import type { Person, World } from './harness.ts';

const {
  'cases.open': open,
  'cases.claim': claim,
  'cases.changeState': changeState,
  'cases.retitle': retitle,
  'cases.note': note,
} = caseCommands;

let world: World;
let bruno: Person;
let vera: Person;
const devices: Device[] = [];
beforeAll(async () => {
  world = await startWorld();
  bruno = await world.invite('editor', 'Bruno');
  vera = await world.invite('viewer', 'Vera');
});
afterAll(() => world.stop());
afterEach(async () => {
  for (const device of devices.splice(0)) await device.close();
});

const deviceOf = (person: Person | null, options?: DeviceOptions): Device => {
  const device = createDevice(world, person, options);
  devices.push(device);
  return device;
};

const newCase = (title: string) => ({
  caseId: world.newId() as CaseId,
  track: 'violation' as const,
  title,
  narrative: '',
  severity: 'low' as const,
  about: null,
});

const arrived = (tab: Tab) =>
  until('everything is on the server', () => tab.engine.status.headline === 'on_server');

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    (error: unknown) => errorCodeOf(error),
  );

const caseOnServer = async (person: Person, caseId: CaseId) => {
  const { engine } = await deviceOf(person).openTab();
  await until('everything was read', () => engine.records.complete);
  return engine.records.get('case', caseId);
};

describe('a command given on a device', () => {
  it('shows at once, reaches the server, and is then the server’s word', async () => {
    const tab = await deviceOf(world.owner).openTab();
    const { engine } = tab;
    const input = newCase('Counterfeit');
    await engine.send(open, input);
    expect(engine.records.get('case', input.caseId)?.title).toBe('Counterfeit');
    await arrived(tab);
    expect(engine.records.get('case', input.caseId)?.ref).toMatch(/^C-/);
    expect(engine.records.seqOf('case', input.caseId)).toBeGreaterThan(0);
    expect(engine.records.isWaiting('case', input.caseId)).toBe(false);
    expect(engine.status.confirmedAt).not.toBeNull();
  });

  it('waits offline, survives the end of the tab, and leaves when the network returns', async () => {
    const device = deviceOf(world.owner);
    const first = await device.openTab();
    await until('everything was read', () => first.engine.records.complete);
    device.setLine(false);
    const input = newCase('Made on the train');
    await first.engine.send(open, input);
    await first.engine.send(claim, { caseId: input.caseId });
    expect(first.engine.status).toMatchObject({ headline: 'offline', waiting: 2 });
    first.kill();

    const second = await device.openTab();
    expect(second.engine.records.get('case', input.caseId)).toMatchObject({
      title: 'Made on the train',
      ownerId: world.owner.personId,
      ref: null,
    });
    expect(second.engine.records.isWaiting('case', input.caseId)).toBe(true);
    device.setLine(true);
    await arrived(second);
    expect(await caseOnServer(bruno, input.caseId)).toMatchObject({ ownerId: world.owner.personId });
  });

  it('is refused before it is kept where the rules already refuse', async () => {
    const { engine } = await deviceOf(vera).openTab();
    expect(await codeOf(engine.send(open, newCase('Not mine to open')))).toBe('not_allowed');
    expect(await codeOf(engine.send(open, { ...newCase(''), title: '' }))).toBe('bad_input');
    expect(engine.status.waiting).toBe(0);
  });

  it('of one case leaves in the order it was given, and only when the earlier one is answered', async () => {
    const device = deviceOf(world.owner);
    const tab = await device.openTab();
    device.setLine(false);
    const input = newCase('Ordered');
    await tab.engine.send(open, input);
    for (let index = 0; index < 5; index += 1)
      await tab.engine.send(retitle, { caseId: input.caseId, title: `Title ${index}` });
    device.line.delayMs = () => Math.random() * 20;
    device.setLine(true);
    await arrived(tab);
    const found = await caseOnServer(bruno, input.caseId);
    expect(found?.title).toBe('Title 4');
  });
});

describe('a refusal', () => {
  /** Bruno claims a case that Olivia, offline, claims too and goes on working on. */
  async function collide() {
    const device = deviceOf(world.owner);
    const tab = await device.openTab();
    const input = newCase('Wanted by two');
    await tab.engine.send(open, input);
    await arrived(tab);
    device.setLine(false);
    await bruno.command(claim, { caseId: input.caseId });
    await tab.engine.send(claim, { caseId: input.caseId });
    await tab.engine.send(retitle, { caseId: input.caseId, title: 'Mine' });
    device.setLine(true);
    await until('the refusal is listed', () => tab.engine.needsYou.length === 1);
    await until('the truth has arrived', () => {
      const found = tab.engine.records.get('case', input.caseId);
      return found?.ownerId === bruno.personId;
    });
    return { device, tab, caseId: input.caseId };
  }

  it('is listed with its reason and holds back what was built on it', async () => {
    const { tab } = await collide();
    const [refused] = tab.engine.needsYou;
    expect(refused).toMatchObject({
      name: 'cases.claim',
      code: 'already_claimed',
      details: { by: 'Bruno' },
      later: 1,
    });
    expect(tab.engine.status).toMatchObject({ headline: 'needs_you', needsYou: 1, waiting: 1 });
    expect(tab.engine.status.things[0]).toMatchObject({ name: 'cases.retitle', state: 'held' });
  });

  it('is still listed after a restart', async () => {
    const { device, tab } = await collide();
    tab.kill();
    const again = await device.openTab();
    expect(again.engine.needsYou[0]?.code).toBe('already_claimed');
  });

  it('given up alone lets the later commands go', async () => {
    const { tab, caseId } = await collide();
    await tab.engine.needsYou[0]?.discard();
    await arrived(tab);
    expect((await caseOnServer(bruno, caseId))?.title).toBe('Mine');
  });

  it('given up with what follows leaves nothing behind', async () => {
    const { tab, caseId } = await collide();
    await tab.engine.needsYou[0]?.discard({ withLater: true });
    expect(tab.engine.status).toMatchObject({ needsYou: 0, waiting: 0 });
    expect((await caseOnServer(bruno, caseId))?.title).toBe('Wanted by two');
  });

  it('tried again is a new command at the old place', async () => {
    const { tab, caseId } = await collide();
    const [refused] = tab.engine.needsYou;
    const again = await refused?.retry();
    expect(again).not.toBe(refused?.commandId);
    await until('it is refused again', () => tab.engine.needsYou[0]?.commandId === again);
    expect(tab.engine.needsYou[0]?.later).toBe(1);
    expect((await caseOnServer(bruno, caseId))?.title).toBe('Wanted by two');
  });

  it('can be tried again with other input', async () => {
    const device = deviceOf(world.owner);
    const tab = await device.openTab();
    const input = newCase('Moved on');
    await tab.engine.send(open, input);
    await arrived(tab);
    device.setLine(false);
    const { caseId } = input;
    await bruno.command(changeState, { caseId, from: 'new', to: 'triage', reason: '' });
    await tab.engine.send(changeState, { caseId, from: 'new', to: 'invalid', reason: 'twice' });
    device.setLine(true);
    await until('the refusal is listed', () => tab.engine.needsYou.length === 1);
    expect(tab.engine.needsYou[0]).toMatchObject({ code: 'moved_on', details: { state: 'triage' } });
    await tab.engine.needsYou[0]?.retry({ caseId, from: 'triage', to: 'invalid', reason: 'twice' });
    await arrived(tab);
    expect((await caseOnServer(bruno, caseId))?.state).toBe('invalid');
  });
});

describe('killed', () => {
  it.each([
    ['before the command is sent', 'kill_before_send'],
    ['after it is sent and before the answer', 'kill_before_answer'],
    ['between the answer and the removal', 'kill_at_answer'],
  ] as const)('%s, the next start sends it with one effect', async (_when, fate) => {
    const device = deviceOf(world.owner);
    const first = await device.openTab();
    await until('everything was read', () => first.engine.records.complete);
    const input = newCase('Killed');
    await first.engine.send(open, input);
    await arrived(first);
    device.line.fate = (path) => (path.includes('cases.note') ? fate : 'deliver');
    await first.engine.send(note, { caseId: input.caseId, text: 'said once' });
    await until('the tab is dead', () => first.isKilled);

    device.line.fate = () => 'deliver';
    const second = await device.openTab();
    await arrived(second);
    const tab = await deviceOf(bruno).openTab();
    await until('everything was read', () => tab.engine.records.complete);
    const notes = tab.engine.records
      .all('caseEvent')
      .filter((event) => event.caseId === input.caseId && event.type === 'noted');
    expect(notes).toHaveLength(1);
  });
});

describe('two tabs', () => {
  it('show the same, and one of them talks', async () => {
    const device = deviceOf(world.owner);
    const [first, second] = [await device.openTab(), await device.openTab()];
    await until('both were read', () => first.engine.records.complete && second.engine.records.complete);
    const input = newCase('Seen twice');
    await second.engine.send(open, input);
    await until('the first shows it', () => first.engine.records.get('case', input.caseId) !== undefined);
    await arrived(second);
    await until(
      'both have the server’s form',
      () =>
        (first.engine.records.seqOf('case', input.caseId) ?? 0) > 0 &&
        (second.engine.records.seqOf('case', input.caseId) ?? 0) > 0,
    );
  });

  it('lose the talking one, and the other goes on', async () => {
    const device = deviceOf(world.owner);
    const [first, second] = [await device.openTab(), await device.openTab()];
    await until('it was read', () => second.engine.records.complete);
    first.kill();
    const input = newCase('After the first');
    await second.engine.send(open, input);
    await arrived(second);
    expect((await caseOnServer(bruno, input.caseId))?.title).toBe('After the first');
  });

  it('work without Web Locks too', async () => {
    const device = deviceOf(world.owner, { withLocks: false });
    const [first, second] = [await device.openTab(), await device.openTab()];
    const inputs = Array.from({ length: 6 }, (_, index) => newCase(`Lockless ${index}`));
    await Promise.all(inputs.map((input, index) => (index % 2 ? first : second).engine.send(open, input)));
    await arrived(first);
    await arrived(second);
    for (const { caseId } of inputs)
      expect(first.engine.records.get('case', caseId)).toEqual(second.engine.records.get('case', caseId));
  });
});
