/** The command line explains itself. */
import type { AdminCommand } from './command.ts';

const call = 'npm run admin --';

const settings = `Settings, the same as the server's:
  DATA_DIR       the data folder (default ./data)
  DATABASE_URL   PostgreSQL instead of the embedded database
  PUBLIC_URL     the address in links; without it, that of the server running on the data folder
  PORT           for the address in links while no server runs (default 3000)`;

export function generalHelp(commands: readonly AdminCommand[]): string {
  const titles = commands.map(({ words, usage }) => `${words} ${usage}`.trim());
  return `Stoa's command line, for whoever holds the data folder. Works before the first start and while the
server runs.

Usage: ${call} <command> [options]

${commands.map(({ summary }, index) => `  ${titles[index]}\n      ${summary}`).join('\n')}

Options of every command:
  --json              one line of JSON on stdout instead of text
  --help              what a command does
Of those about people, tokens and documents:
  --workspace <name>  which workspace, when there are several (name or id)

Results are printed on stdout, remarks on stderr. In scripts use \`npm run --silent admin -- …\`.
Exit codes: 0 done, 1 could not be done, 2 wrong usage.

${settings}`;
}

export const commandHelp = ({ words, usage, summary, details }: AdminCommand): string =>
  [`Usage: ${call} ${words} ${usage}`.trimEnd(), '', summary, ...details].join('\n');
