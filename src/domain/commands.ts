/** Every command of every noun by its name: what the outbox replays and the server answers. */
import { caseCommands } from './cases/commands.ts';
import { documentCommands } from './documents/commands.ts';
import { feedbackCommands } from './feedback/commands.ts';
import type { CommandSpec } from './records.ts';
import { workspaceCommands } from './workspaces/commands.ts';

export const commands = {
  ...workspaceCommands,
  ...documentCommands,
  ...caseCommands,
  ...feedbackCommands,
} as const;

export type CommandName = keyof typeof commands;

/** The spec of a command by the name it was stored under; undefined for one this version does not know. */
export const commandNamed = (name: string): CommandSpec<string, unknown> | undefined =>
  Object.hasOwn(commands, name)
    ? ((commands as Record<string, unknown>)[name] as CommandSpec<string, unknown>)
    : undefined;
