/**
 * What browser tests begin with: a running server, people of each role, and browsers in which they are signed
 * in. People are made through the same links and procedures as in life; tests talk to the server only through
 * its doors.
 */
import { randomBytes } from 'node:crypto';
import { test as base, expect } from '@playwright/test';
import type {
  APIRequestContext,
  Browser,
  BrowserContext,
  BrowserContextOptions,
  Page,
} from '@playwright/test';
import type { Role } from '#domain/access.ts';
import { uuidv7 } from '#domain/ids.ts';
import { ServerProcess } from './server-process.ts';

type Cookies = Awaited<ReturnType<BrowserContext['cookies']>>;

export interface Person {
  name: string;
  email: string;
  password: string;
  personId: string;
  cookies: Cookies;
}

export const newId = (): string => uuidv7(Date.now(), randomBytes(10));

export const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
};

/** For tests of a device that loses its network: elsewhere the worker that stores the app is only in the way. */
export const installable = { serviceWorkers: 'allow' } as const;

/** The app is on the device: pages not visited yet open without a network too. */
export async function installed(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
}

/** Speaks to the server's procedures with the cookies of a browser context. */
export class Api {
  readonly #request: APIRequestContext;
  readonly #url: () => string;
  readonly workspaceId: string;
  constructor(request: APIRequestContext, url: () => string, workspaceId: string) {
    this.#request = request;
    this.#url = url;
    this.workspaceId = workspaceId;
  }

  async mutate<Result>(path: string, input: object): Promise<Result> {
    const url = this.#url();
    const response = await this.#request.post(`${url}/trpc/${path}`, {
      data: input,
      headers: { origin: url },
    });
    return Api.#read<Result>(path, await response.json());
  }

  async query<Result>(path: string, input: object = {}): Promise<Result> {
    const full = JSON.stringify({ workspaceId: this.workspaceId, ...input });
    const response = await this.#request.get(`${this.#url()}/trpc/${path}`, { params: { input: full } });
    return Api.#read<Result>(path, await response.json());
  }

  /** A command as any device would send it. */
  command<Result>(path: string, input: object, commandId = newId()): Promise<Result> {
    const envelope = { commandId, workspaceId: this.workspaceId, baseSeq: null };
    return this.mutate(path, { ...envelope, occurredAt: new Date().toISOString(), input });
  }

  static #read<Result>(path: string, answer: unknown): Result {
    const { result, error } = answer as { result?: { data: Result }; error?: { data?: { stoa?: string } } };
    if (error) throw new Error(`${path} was refused: ${error.data?.stoa ?? JSON.stringify(error)}`);
    return result?.data as Result;
  }
}

/** A document out of Markdown, as the import makes it; returns its id. */
export async function importMarkdown(api: Api, fileName: string, text: string): Promise<string> {
  const id = newId();
  await api.command('documents.import', {
    id,
    fileName,
    text,
    kind: 'policy',
    language: null,
    visibility: 'workspace',
    folderId: null,
    frontMatter: 'read',
    encoding: 'utf-8',
  });
  return id;
}

export class TestHouse {
  readonly server: ServerProcess;
  workspaceId = '';
  owner!: Person;
  readonly #browser: Browser;
  #people = 0;
  /** What pages threw and nobody caught. */
  #thrown: string[] = [];
  readonly #contexts = new Set<BrowserContext>();

  constructor(browser: Browser, server = new ServerProcess()) {
    this.server = server;
    this.#browser = browser;
  }

  get url(): string {
    return this.server.url;
  }

  async open(): Promise<this> {
    await this.server.start();
    const token = new URL(this.server.setUpLink).hash.slice(1);
    this.owner = await this.#redeem(token, 'Olívia Prado', { workspaceName: 'Praça' });
    return this;
  }

  /** A new person of a role, by an invitation of the owner's; with another scope, a guest there. */
  async person(
    role: Role,
    name = `Pessoa ${this.#people + 1}`,
    scope: { kind: 'workspace' } | { kind: 'folder' | 'document'; id: string } = { kind: 'workspace' },
  ): Promise<Person> {
    const context = await this.#contextOf(this.owner);
    try {
      const api = this.#api(context);
      const invitationId = newId();
      await api.command('people.invite', {
        invitationId,
        role,
        scope,
        email: null,
        expiresInDays: 7,
        endsAt: null,
      });
      const pending = await api.query<{ id: string; link: string }[]>('people.invitations');
      const invitation = pending.find(({ id }) => id === invitationId);
      if (!invitation) throw new Error('The invitation is not among the pending ones.');
      return await this.#redeem(invitation.link.split('#')[1] as string, name);
    } finally {
      await context.close();
    }
  }

  /** A browser in which the person is signed in; closed at the end of the test at the latest. */
  async browserOf(person: Person, options: BrowserContextOptions = {}): Promise<BrowserContext> {
    return this.#contextOf(person, options);
  }

  async pageOf(person: Person, options: BrowserContextOptions = {}): Promise<Page> {
    return (await this.#contextOf(person, options)).newPage();
  }

  /** The operator's command line beside the running server; answers what it printed for scripts. */
  admin(...args: string[]): string {
    return this.server.admin(args);
  }

  /** Procedures as this person. */
  async apiOf(person: Person): Promise<Api> {
    return this.#api(await this.#contextOf(person));
  }

  /** Pages that stay open would go on working beside every test that follows. */
  async closeContexts(): Promise<void> {
    await Promise.all([...this.#contexts].map((context) => context.close()));
  }

  takeThrown(): string[] {
    return this.#thrown.splice(0);
  }

  async close(): Promise<void> {
    await this.server.remove();
  }

  #api(context: BrowserContext): Api {
    return new Api(context.request, () => this.url, this.workspaceId);
  }

  async #contextOf(person: Person | null, options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const context = await this.#browser.newContext({
      baseURL: this.url,
      locale: 'en-US',
      timezoneId: 'America/Sao_Paulo',
      ...options,
    });
    this.#contexts.add(context);
    context.on('close', () => this.#contexts.delete(context));
    context.on('weberror', (error) => this.#thrown.push(error.error().stack ?? error.error().message));
    if (person) await context.addCookies(person.cookies);
    return context;
  }

  async #redeem(token: string, name: string, more: object = {}): Promise<Person> {
    this.#people += 1;
    const email = `pessoa${this.#people}@example.com`;
    const password = `uma frase comprida ${this.#people}`;
    // From an address of their own, as in life: many who came in from one would be asked to wait.
    const context = await this.#contextOf(null, {
      extraHTTPHeaders: { 'x-forwarded-for': `198.51.100.${this.#people}` },
    });
    try {
      const api = this.#api(context);
      await api.mutate('links.redeem', { token, name, email, password, ...more });
      const account = await api.query<{ personId: string; memberships: { workspaceId: string }[] }>(
        'account.get',
      );
      this.workspaceId ||= account.memberships[0]?.workspaceId ?? '';
      return { name, email, password, personId: account.personId, cookies: await context.cookies() };
    } finally {
      await context.close();
    }
  }
}

interface WorkerFixtures {
  /** One server for all tests of a worker: tests make their own documents, cases and boards on it. */
  house: TestHouse;
}

interface TestFixtures {
  /** Nothing stays open, and a page that throws what nobody catches has failed, whatever it shows. */
  tidyEnd: void;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  tidyEnd: [
    async ({ house }, use) => {
      house.takeThrown();
      await use();
      await house.closeContexts();
      expect(house.takeThrown()).toEqual([]);
    },
    { auto: true },
  ],
  house: [
    async ({ browser }, use) => {
      const house = await new TestHouse(browser).open();
      await use(house);
      await house.close();
    },
    { scope: 'worker' },
  ],
});
export { expect };
