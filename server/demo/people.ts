/** The two people of the demonstration, and a way for them to do things as themselves. */
import type { PersonActor, Role } from '#domain/access.ts';
import type { CommandId, WorkspaceId } from '#domain/ids.ts';
import type { CommandAnswer, CommandSpec } from '#domain/records.ts';
import type { OpenHouse } from '../open.ts';
import type { ReceivedCommand } from '../storage/receipts.ts';

export interface DemoPerson {
  actor: PersonActor;
  email: string;
  role: Role;
  /** Sends a command as this person's device would. */
  does: <Name extends string, Input>(
    spec: CommandSpec<Name, Input>,
    input: NoInfer<Input>,
    run: (command: ReceivedCommand<Input>) => Promise<CommandAnswer>,
  ) => Promise<CommandAnswer>;
}

export async function addDemoPerson(
  house: OpenHouse,
  workspaceId: WorkspaceId,
  wish: { email: string; name: string; role: Role },
): Promise<DemoPerson> {
  const personId = await house.services.people.addPerson(workspaceId, wish);
  const actor: PersonActor = {
    kind: 'person',
    workspaceId,
    personId,
    name: wish.name,
    grants: [{ scope: { kind: 'workspace' }, role: wish.role, endsAt: null }],
    via: 'session',
  };
  return {
    actor,
    email: wish.email,
    role: wish.role,
    does: (spec, given, run) => {
      const now = house.now();
      const input = spec.input.parse(given);
      return run({
        commandId: house.newId() as CommandId,
        workspaceId,
        baseSeq: null,
        occurredAt: now,
        now,
        name: spec.name,
        aggregate: spec.aggregate(input),
        input,
        actor,
      });
    },
  };
}
