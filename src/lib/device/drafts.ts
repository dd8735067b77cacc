/**
 * What a person has begun to write and not sent yet, kept through a reload, a crashed tab and a restart, until
 * it is sent, discarded, or the person leaves this device. Forms read it when they open and keep it as it is
 * typed. Where something is changed, Cancel discards; where something new is made, it stays until it is sent or
 * emptied by hand.
 */
import type { Environment } from './environment.ts';

/** The fields of one form. One that is not there has nothing of its own. */
export type DraftFields = Partial<Record<string, string>>;

interface Whose {
  personId: string;
  workspaceId: string;
}

const keyOf = (personId: string): string => `stoa.drafts.${personId}`;

export class Drafts {
  readonly #storage: Environment['words'];
  readonly #key: string;
  readonly #workspaceId: string;

  constructor(storage: Environment['words'], { personId, workspaceId }: Whose) {
    this.#storage = storage;
    this.#key = keyOf(personId);
    this.#workspaceId = workspaceId;
  }

  /** A form is named after its noun and what it is about: `feedback.answer.<itemId>`. */
  read(form: string): DraftFields {
    return this.#all()[this.#nameOf(form)] ?? {};
  }

  /** Empty fields are not kept. A browser that gives no storage keeps none; what is on screen stays. */
  keep(form: string, fields: DraftFields): void {
    const name = this.#nameOf(form);
    const { [name]: _before, ...others } = this.#all();
    const written = Object.entries(fields).filter(([, text]) => text);
    const all = written.length > 0 ? { ...others, [name]: Object.fromEntries(written) } : others;
    try {
      if (Object.keys(all).length === 0) this.#storage?.removeItem(this.#key);
      else this.#storage?.setItem(this.#key, JSON.stringify(all));
    } catch {
      return;
    }
  }

  discard(form: string): void {
    this.keep(form, {});
  }

  /** What was begun in one workspace is not shown in another. */
  #nameOf(form: string): string {
    return `${this.#workspaceId}/${form}`;
  }

  /** Read anew each time: another tab may have written meanwhile. */
  #all(): Record<string, DraftFields> {
    try {
      return JSON.parse(this.#storage?.getItem(this.#key) ?? '{}') as Record<string, DraftFields>;
    } catch {
      return {};
    }
  }
}

export const wipeDrafts = (storage: Environment['words'], personId: string): void =>
  storage?.removeItem(keyOf(personId));
