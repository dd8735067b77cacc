/** Runs one command of the operator's command line: finds it, opens the data folder, prints the report. */
import { parseArgs } from 'node:util';
import type { WorkspaceId } from '#domain/ids.ts';
import { errorCodeOf } from '#domain/errors.ts';
import type { ErrorDetails } from '#domain/errors.ts';
import { errorWords } from '#i18n/error-words.ts';
import { readConfig } from '../config.ts';
import { createServerLog } from '../log.ts';
import { openHouse } from '../open.ts';
import type { OpenHouse } from '../open.ts';
import { addressOfServer } from '../storage/lock.ts';
import { isStartError } from '../storage/start-error.ts';
import { listWorkspaces } from '../workspaces/store.ts';
import { UsageError } from './command.ts';
import type { AdminCommand, AdminContext, Report } from './command.ts';
import { backupCommands } from './backup.ts';
import { documentCommands } from './documents.ts';
import { commandHelp, generalHelp } from './help.ts';
import { outsideFault } from './outside-faults.ts';
import { peopleCommands } from './people.ts';
import { roomCommands } from './rooms.ts';
import { workspaceCommands } from './workspaces.ts';

export const adminCommands: readonly AdminCommand[] = [
  ...peopleCommands,
  ...workspaceCommands,
  ...documentCommands,
  ...roomCommands,
  ...backupCommands,
];

export interface Printed {
  /** stdout: what a script reads. */
  out: (line: string) => void;
  /** stderr: what a person reads. */
  note: (line: string) => void;
}

const common = { help: { type: 'boolean', short: 'h' }, json: { type: 'boolean' } } as const;
/** The log's commands work on all workspaces. */
const ofHouse = { ...common, workspace: { type: 'string' } } as const;

/** 0 done, 1 not done, 2 asked in a way that makes no sense. */
export async function runAdmin(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  print: Printed,
): Promise<0 | 1 | 2> {
  const json = args.includes('--json');
  const complain = (code: string, message: string, exit: 1 | 2, details: ErrorDetails = {}): 1 | 2 => {
    if (json) print.out(JSON.stringify({ error: { code, message, details } }));
    else print.note(message);
    return exit;
  };
  // Flags may stand before the command, as people write them.
  const first = args.findIndex((arg) => !arg.startsWith('-'));
  const start = first < 0 ? args.length : first;
  const [flags, said] = [args.slice(0, start), args.slice(start)];
  const asksHelp = said[0] === 'help' || args.some((arg) => arg === '--help' || arg === '-h');
  const rest = said[0] === 'help' ? said.slice(1) : said;
  const command = adminCommands.find(({ words }) => `${rest.join(' ')} `.startsWith(`${words} `));

  if (!command) {
    const help = generalHelp(adminCommands);
    if (asksHelp && rest.every((arg) => arg.startsWith('-'))) {
      print.out(help);
      return 0;
    }
    const words = rest.filter((arg) => !arg.startsWith('-')).slice(0, 2);
    const what = words.length === 0 ? 'Say what to do.' : `There is no command "${words.join(' ')}".`;
    return complain('usage', json ? what : `${what}\n\n${help}`, 2);
  }
  if (asksHelp) {
    print.out(commandHelp(command));
    return 0;
  }

  let house: OpenHouse | undefined;
  try {
    const words = command.words.split(' ').length;
    const options = { ...command.options, ...('run' in command ? ofHouse : common) };
    const parsed = parseArgs({
      args: withValues([...rest.slice(words), ...flags], options),
      options,
      allowPositionals: true,
      strict: true,
    });
    const { positionals } = parsed;
    const values: AdminContext['values'] = parsed.values;
    if (positionals.length > command.most)
      throw new UsageError(`"${positionals[command.most]}" is one word too many.`);
    const config = readConfig(environment);
    let report: Report;
    if ('runOnFolder' in command) report = await command.runOnFolder({ config, positionals, values });
    else {
      // What fails is said once, by the sentence at the end.
      house = await openHouse({ config, log: createServerLog('fatal') });
      const context = {
        house,
        address:
          config.publicUrl?.origin ?? addressOfServer(config.dataDir) ?? `http://localhost:${config.port}`,
        positionals,
        values,
      };
      report =
        'runOnServer' in command
          ? await command.runOnServer(context)
          : await command.run({
              ...context,
              workspaceId: await chooseWorkspace(house, values['workspace'] as string | undefined),
            });
    }
    if (json) print.out(JSON.stringify(report.json));
    else {
      report.remarks.forEach(print.note);
      report.results.forEach(print.out);
    }
    return report.failed ? 1 : 0;
  } catch (error) {
    const outside = outsideFault(error);
    if (outside !== null) return complain('refused', outside, 1);
    const code = errorCodeOf(error);
    if (code) {
      const { details } = error as { details: ErrorDetails };
      return complain(code, errorWords(code, details, 'en'), 1, details);
    }
    if (isStartError(error)) return complain('cannot_start', error.message, 1);
    if (error instanceof UsageError || isParseError(error)) {
      const what = error instanceof UsageError ? error.message : wordsOf(error);
      return complain('usage', json ? what : `${what}\n\n${commandHelp(command)}`, 2);
    }
    throw error;
  } finally {
    await house?.close();
  }
}

const isParseError = (error: unknown): error is Error =>
  error instanceof Error && ((error as { code?: string }).code ?? '').startsWith('ERR_PARSE_ARGS');

/** Node goes on to explain ways of quoting that nobody here needs. */
function wordsOf(error: Error): string {
  const option = /^Option '(?:-\w, )?(--[\w-]+)(?: <value>)?' argument (?:is ambiguous|missing)/.exec(
    error.message,
  );
  return option === null ? (error.message.split('. To specify')[0] as string) : `${option[1]} wants a value.`;
}

/** A number below zero is a value, which the command refuses in its own words, and no option. */
const withValues = (args: readonly string[], options: AdminCommand['options']): string[] =>
  args.reduce<string[]>((joined, arg) => {
    const option = joined.at(-1) ?? '';
    const isValue = /^-\d/.test(arg) && options[option.replace(/^--/, '')]?.type === 'string';
    return isValue ? [...joined.slice(0, -1), `${option}=${arg}`] : [...joined, arg];
  }, []);

/** The one that is there, made before the first start; with several, the one that was named. */
async function chooseWorkspace(house: OpenHouse, wanted: string | undefined): Promise<WorkspaceId> {
  const workspaces = await listWorkspaces(house.db.read);
  if (wanted !== undefined) {
    const found = workspaces.find((workspace) => workspace.id === wanted || workspace.name === wanted);
    if (!found) throw new UsageError(`There is no workspace "${wanted}".`);
    return found.id as WorkspaceId;
  }
  if (workspaces.length > 1)
    throw new UsageError(
      `Say which workspace with --workspace:\n${workspaces.map(({ id, name }) => `  ${id}  ${name}`).join('\n')}`,
    );
  return house.db.write((tx) => house.services.links.firstWorkspace(tx));
}
