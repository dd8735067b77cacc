/** The environment, read once. A wrong setting stops the start with one sentence that names it. */
import { resolve } from 'node:path';
import { z } from 'zod';

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export interface Config {
  /** 0 takes any free port: tests. */
  port: number;
  /** Null listens on every address of the machine. */
  host: string | null;
  /** Full path of the folder that holds everything. */
  dataDir: string;
  /** PostgreSQL instead of the embedded databases. */
  databaseUrl: string | null;
  /** The address people use, when it is not the one the server sees: behind a proxy. */
  publicUrl: URL | null;
  /** Proxies in front whose `X-Forwarded-*` headers are believed. */
  trustedProxies: number;
  logLevel: (typeof logLevels)[number];
  /** How long rows that a snapshot has taken in are kept beside it, and the snapshot before it. */
  logRetentionDays: number;
  /** Where figures are listened for besides; null does not. 0 takes any free port: tests. */
  metricsPort: number | null;
  metricsHost: string;
  /** Asked of whoever wants the figures; with it they are on the main port too. */
  metricsToken: string | null;
}

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/)
    .transform(Number)
    .refine((value) => value >= least && value <= most);

const isHttpUrl = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === '' && url.hash === '';
};

/** Each setting, and how to say what it must be. */
const settings = {
  PORT: [wholeNumber(0, 65_535).default(3000), 'a port number between 0 and 65535'],
  HOST: [z.string().max(255).regex(/^\S+$/).nullable().default(null), 'a host name or address to listen on'],
  DATA_DIR: [z.string().min(1).default('./data'), 'a folder'],
  DATABASE_URL: [
    z
      .string()
      .regex(/^postgres(ql)?:\/\//)
      .refine((text) => URL.canParse(text))
      .nullable()
      .default(null),
    'an address that begins with postgres://',
  ],
  PUBLIC_URL: [
    z.string().refine(isHttpUrl).nullable().default(null),
    'an address like https://stoa.example.org, without a path',
  ],
  TRUST_PROXY: [wholeNumber(0, 10).default(0), 'the number of proxies in front of the server, 0 to 10'],
  METRICS_PORT: [wholeNumber(0, 65_535).nullable().default(null), 'a port number between 0 and 65535'],
  METRICS_HOST: [
    z.string().max(255).regex(/^\S+$/).default('127.0.0.1'),
    'a host name or address to listen on',
  ],
  METRICS_TOKEN: [
    z
      .string()
      .regex(/^[\x21-\x7e]{16,200}$/)
      .nullable()
      .default(null),
    '16 to 200 characters without spaces',
  ],
  LOG_RETENTION_DAYS: [wholeNumber(0, 3_650).default(7), 'a number of days between 0 and 3650'],
  LOG_LEVEL: [z.enum(logLevels).default('info'), `one of ${logLevels.join(', ')}`],
} as const;

type Settings = { [Name in keyof typeof settings]: z.infer<(typeof settings)[Name][0]> };

/** Recognised by its name, like every sentence for the operator; config knows no other module. */
class SettingError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StartError';
  }
}

/** An empty setting counts as not set. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const values: Record<string, unknown> = {};
  for (const [name, [schema, expected]] of Object.entries(settings)) {
    const text = environment[name];
    const parsed = schema.safeParse(text === '' ? undefined : text);
    // Never with what is secret: the database address holds a password.
    const shown = name === 'DATABASE_URL' || name === 'METRICS_TOKEN' ? '' : `, not ${JSON.stringify(text)}`;
    if (!parsed.success) throw new SettingError(`The setting ${name} must be ${expected}${shown}.`);
    values[name] = parsed.data;
  }
  const read = values as Settings;
  return {
    port: read.PORT,
    host: read.HOST,
    dataDir: resolve(read.DATA_DIR),
    databaseUrl: read.DATABASE_URL,
    publicUrl: read.PUBLIC_URL === null ? null : new URL(read.PUBLIC_URL),
    trustedProxies: read.TRUST_PROXY,
    logLevel: read.LOG_LEVEL,
    logRetentionDays: read.LOG_RETENTION_DAYS,
    metricsPort: read.METRICS_PORT,
    metricsHost: read.METRICS_HOST,
    metricsToken: read.METRICS_TOKEN,
  };
}
