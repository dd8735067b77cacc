/** Who the engine works for: sign-in, sign-out, an expired login, another person on the same device. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { caseCommands } from '#domain/cases/commands.ts';
import { errorCodeOf } from '#domain/errors.ts';
import type { CaseId } from '#domain/ids.ts';
import { documentDatabaseName, personDatabaseName } from '#lib/device/person.ts';
import { createDevice, until } from './devices.ts';
import type { Device, Tab } from './devices.ts';
import { startWorld } from './harness.ts';
import type { Person, World } from './harness.ts';

const { 'cases.open': open } = caseCommands;

let world: World;
let bruno: Person;
const devices: Device[] = [];
beforeAll(async () => {
  world = await startWorld();
  bruno = await world.invite('editor', 'Bruno');
});
afterAll(() => world.stop());
afterEach(async () => {
  for (const device of devices.splice(0)) await device.close();
});

const deviceOf = (person: Person | null): Device => {
  const device = createDevice(world, person);
  devices.push(device);
  return device;
};

const newCase = (title: string) => ({
  caseId: world.newId() as CaseId,
  track: 'incident' as const,
  title,
  narrative: '',
  severity: 'low' as const,
  about: null,
});

const readTab = async (device: Device): Promise<Tab> => {
  const tab = await device.openTab();
  await until('everything was read', () => tab.engine.records.complete);
  return tab;
};

const receiptsOf = (actorId: string) =>
  world.server.house.db.read
    .selectFrom('receipts')
    .select('command_id')
    .where('actor_id', '=', actorId)
    .execute();

/** Ends the session that these headers carry. */
const endSession = (person: Person) => person.api.account.signOut.mutate();

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    (error: unknown) => errorCodeOf(error),
  );

describe('opening', () => {
  it('is nobody’s on a new device without a session', async () => {
    expect(await deviceOf(null).tryTab()).toBeNull();
  });

  it('says that a new device needs the server once', async () => {
    const device = deviceOf(bruno);
    device.line.isUp = false;
    expect(await codeOf(device.tryTab())).toBe('offline');
  });

  it('needs no server on a device that knows the person', async () => {
    const device = deviceOf(bruno);
    (await readTab(device)).kill();
    device.line.isUp = false;
    const { engine } = await device.openTab();
    expect(engine.actor.name).toBe('Bruno');
    expect(engine.actor.grants[0]?.role).toBe('editor');
    expect(engine.records.get('person', bruno.personId)?.name).toBe('Bruno');
    expect(engine.status.headline).toBe('offline');
  });

  it('learns of new rights behind the screen', async () => {
    const carla = await world.invite('viewer', 'Carla');
    const { engine } = await readTab(deviceOf(carla));
    expect(await codeOf(engine.send(open, newCase('Not yet')))).toBe('not_allowed');
    const { workspaceCommands } = await import('#domain/workspaces/commands.ts');
    await world.owner.command(workspaceCommands['people.changeRole'], {
      personId: carla.personId,
      role: 'editor',
      endsAt: null,
    });
    await engine.refresh();
    await until('she is an editor', () => engine.actor.grants[0]?.role === 'editor');
    await engine.send(open, newCase('Now'));
  });
});

describe('an expired login', () => {
  it('keeps everything usable, asks for a sign-in, and goes on after it', async () => {
    const dora = await world.invite('editor', 'Dora');
    const device = deviceOf(dora);
    const { engine } = await readTab(device);
    await endSession(dora);
    const input = newCase('Written without a session');
    await engine.send(open, input);
    await until('a sign-in is asked for', () => engine.status.headline === 'sign_in');
    expect(engine.records.get('case', input.caseId)?.title).toBe(input.title);
    expect(engine.status.waiting).toBe(1);

    await world.signIn(dora);
    device.headers = dora.headers;
    await engine.refresh();
    await until('it is on the server', () => engine.status.headline === 'on_server');
    expect(await receiptsOf(dora.personId)).toHaveLength(2);
  });
});

describe('another person', () => {
  it('who signs in on this device never sends what the first one wrote', async () => {
    const [emil, frida] = [await world.invite('editor', 'Emil'), await world.invite('editor', 'Frida')];
    const device = deviceOf(emil);
    const tab = await readTab(device);
    device.setLine(false);
    const input = newCase('Emil’s alone');
    await tab.engine.send(open, input);
    // Frida signs in in another window of the same browser: the cookie is hers from now on.
    device.headers = frida.headers;
    const before = (await receiptsOf(frida.personId)).length;
    device.setLine(true);
    await until('Emil’s engine has left', () => tab.left);
    expect(await receiptsOf(frida.personId)).toHaveLength(before);

    const hers = await readTab(device);
    expect(hers.engine.actor.name).toBe('Frida');
    expect(hers.engine.status.waiting).toBe(0);
    hers.kill();
    device.headers = emil.headers;
    // The device remembers Frida; the server says that it is Emil now, and the next start is his.
    const mistaken = await device.openTab();
    await until('the mistake is noticed', () => mistaken.left);
    const his = await readTab(device);
    await until('his command has arrived', () => his.engine.status.headline === 'on_server');
    expect((await receiptsOf(emil.personId)).length).toBe(2);
  });
});

const openDatabase = (device: Device, name: string, { letsGo }: { letsGo: boolean }) =>
  new Promise<IDBDatabase>((resolve) => {
    const request = device.factory.open(name, 1);
    request.onsuccess = () => {
      if (letsGo) request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
  });

describe('signing out', () => {
  const databases = async (device: Device) =>
    (await device.factory.databases()).map(({ name }) => name).sort();

  it('asks first when commands wait, and then wipes everything of the person', async () => {
    const gina = await world.invite('editor', 'Gina');
    const device = deviceOf(gina);
    const [tab, other] = [await readTab(device), await readTab(device)];
    await openDatabase(device, documentDatabaseName(gina.personId, 'a-document'), { letsGo: true });
    device.setLine(false);
    await tab.engine.send(open, newCase('Never sent'));
    const refusal = await tab.engine.signOut({ keep: false }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'changes_waiting', details: { commands: 1, documents: 0 } });
    expect(await databases(device)).toContain(personDatabaseName(gina.personId));

    tab.engine.drafts.keep('case', { title: 'Begun' });
    await tab.engine.signOut({ keep: false, evenIfWaiting: true });
    expect(tab.engine.drafts.read('case')).toEqual({});
    await until('the other tab has left', () => other.left);
    expect(await databases(device)).toEqual(['stoa']);

    // Offline the cookie could not be taken back; it ends at the next contact, and nobody is signed in.
    device.line.isUp = true;
    expect(await device.tryTab()).toBeNull();
    expect(await gina.api.account.get.query()).toBeNull();
  });

  it('finishes at the next start what another tab would not let go of', async () => {
    const ines = await world.invite('editor', 'Ines');
    const device = deviceOf(ines);
    const tab = await readTab(device);
    const name = documentDatabaseName(ines.personId, 'held');
    const held = await openDatabase(device, name, { letsGo: false });
    await tab.engine.signOut({ keep: false });
    held.close();
    expect(await device.tryTab()).toBeNull();
    expect(await databases(device)).toEqual(['stoa']);
  });

  it('can keep the copy, which the same person finds again', async () => {
    const hugo = await world.invite('editor', 'Hugo');
    const device = deviceOf(hugo);
    const tab = await readTab(device);
    device.setLine(false);
    const input = newCase('Kept');
    await tab.engine.send(open, input);
    device.line.isUp = true;
    await tab.engine.signOut({ keep: true });
    expect(await device.tryTab()).toBeNull();

    await world.signIn(hugo);
    device.headers = hugo.headers;
    const again = await readTab(device);
    await until('it is on the server', () => again.engine.status.headline === 'on_server');
    expect(again.engine.records.seqOf('case', input.caseId)).toBeGreaterThan(0);
  });
});
