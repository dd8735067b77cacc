/** A sync server in a process of its own: to be killed as by a power cut, and asked how it is. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { InventedPerson } from '../fuzz/sync-harness.ts';
import type { Condition, Order, ServerOptions } from './server-program.ts';

const program = fileURLToPath(new URL('./server-program.ts', import.meta.url));

export class ChaosServer {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #waiting = new Map<number, { resolve: (answer: never) => void; reject: (error: Error) => void }>();
  #lastId = 0;
  #isAlive = true;

  /** Loads, and waits for `go`: the next server can get ready while this one runs. */
  constructor() {
    this.#child = fork(program, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: ['--expose-gc'],
    });
    this.#exited = once(this.#child, 'exit').then(() => {
      this.#isAlive = false;
      for (const { reject } of this.#waiting.values()) reject(new Error('the server has died'));
      this.#waiting.clear();
    });
    this.#child.on('message', (message) => {
      const { id, answer, error } = message as { id: number; answer?: unknown; error?: string };
      const waiter = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiter?.resolve(answer as never);
      else waiter?.reject(new Error(error));
    });
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  #ask<Answer>(order: Order): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (!this.#isAlive) return reject(new Error('the server has died'));
      this.#lastId += 1;
      this.#waiting.set(this.#lastId, { resolve, reject });
      this.#child.send({ id: this.#lastId, order });
    });
  }

  /** Opens the log and listens; answers the port. */
  go(options: ServerOptions): Promise<number> {
    return this.#ask({ kind: 'go', options });
  }

  condition({ isTidied = false } = {}): Promise<Condition> {
    return this.#ask({ kind: 'condition', isTidied });
  }

  setPerson(token: string, person: InventedPerson | null): Promise<void> {
    return this.#ask({ kind: 'person', token, person });
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  async stop(): Promise<void> {
    await this.#ask({ kind: 'stop' });
    await this.#exited;
  }
}
