/** What a command of the operator's command line is. */
import type { parseArgs } from 'node:util';
import type { z } from 'zod';
import type { WorkspaceId } from '#domain/ids.ts';
import type { Config } from '../config.ts';
import type { OpenHouse } from '../open.ts';

type OptionsConfig = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>['options']>;

/** The arguments are not what the command wants: exit code 2 and the usage of that command. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** What was given, as the schema makes it; a usage error with the complaint when it does not fit. */
export function parse<Value>(schema: z.ZodType<Value>, given: unknown, complaint: string): Value {
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw new UsageError(complaint);
  return parsed.data;
}

export interface AdminContext {
  house: OpenHouse;
  workspaceId: WorkspaceId;
  /** Where people reach the server, without a slash at the end. */
  address: string;
  positionals: string[];
  values: Readonly<Record<string, string | boolean | undefined>>;
}

/** What a command has to say. A script reads the results or the JSON; a person reads the remarks as well. */
export interface Report {
  /** Printed on stdout, one a line: a link, a token, a room's name. */
  results: string[];
  /** Printed on stderr: what happened, in a sentence. */
  remarks: string[];
  json: unknown;
  /** Some of it could not be done: exit code 1. */
  failed?: boolean;
}

interface AnyCommand {
  /** `person add` */
  words: string;
  /** What follows the words: `<email> --role <role>` */
  usage: string;
  /** One line of the list of commands. */
  summary: string;
  /** Further lines of the command's own help. */
  details: string[];
  options: OptionsConfig;
  /** Words it takes at most, besides its own. */
  most: number;
}

/** Works in the open house, in one workspace. */
export interface HouseCommand extends AnyCommand {
  run: (context: AdminContext) => Promise<Report>;
}

/** Works in the open house, across its workspaces. */
export interface ServerCommand extends AnyCommand {
  runOnServer: (context: Omit<AdminContext, 'workspaceId'>) => Promise<Report>;
}

/** What a command is given that handles the data folder as files, or the log of all workspaces. */
export interface FolderContext {
  config: Config;
  positionals: string[];
  values: Readonly<Record<string, string | boolean | undefined>>;
}

/** Works on the data folder itself; opens of it what it needs. */
export interface FolderCommand extends AnyCommand {
  runOnFolder: (context: FolderContext) => Promise<Report>;
}

export type AdminCommand = HouseCommand | ServerCommand | FolderCommand;
