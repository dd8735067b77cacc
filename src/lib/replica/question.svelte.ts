/** A list that only the server has (sessions, invitations, the record): asked when shown, honest when offline. */
import { wordsOfCaught, codeOfCaught } from '#i18n/error-words.ts';
import type { Api } from '../api/client.ts';
import type { EngineContract } from './contract.ts';

export class Question<Result> {
  #answer = $state.raw<Result>();
  #state = $state.raw<'asking' | 'answered' | 'offline' | 'failed'>('asking');
  #problem = $state.raw<unknown>(null);
  readonly #ask: () => Promise<Result>;

  constructor(engine: EngineContract, question: (api: Api) => Promise<Result>) {
    this.#ask = () => engine.ask(question);
    void this.again();
  }

  /** The last answer; stays while it is asked again. */
  get answer(): Result | undefined {
    return this.#answer;
  }

  get state(): 'asking' | 'answered' | 'offline' | 'failed' {
    return this.#state;
  }

  get words(): string {
    return this.#problem === null ? '' : wordsOfCaught(this.#problem);
  }

  async again(): Promise<void> {
    try {
      this.#answer = await this.#ask();
      this.#state = 'answered';
      this.#problem = null;
    } catch (error) {
      this.#problem = error;
      this.#state = codeOfCaught(error) === 'offline' ? 'offline' : 'failed';
    }
  }
}
