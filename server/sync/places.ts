/**
 * Places for what costs much while it lasts: so many for all, and one for each person. Whoever finds none waits,
 * in the order in which they came. Rules C4, C13 in SPEC.md.
 */
export class Places {
  readonly #total: number;
  readonly #taken = new Set<string>();
  #waiting: { personId: string; begin: (leave: () => void) => void }[] = [];

  constructor(total: number) {
    this.#total = total;
  }

  /** `begin` is called with the way out: at once when there is a place, else when there is one. */
  take(personId: string, begin: (leave: () => void) => void): void {
    this.#waiting.push({ personId, begin });
    this.#goOn();
  }

  get isWaitedFor(): boolean {
    return this.#waiting.length > 0;
  }

  #goOn(): void {
    while (this.#taken.size < this.#total) {
      const next = this.#waiting.find(({ personId }) => !this.#taken.has(personId));
      if (next === undefined) return;
      this.#waiting = this.#waiting.filter((other) => other !== next);
      this.#taken.add(next.personId);
      let hasLeft = false;
      next.begin(() => {
        if (hasLeft) return;
        hasLeft = true;
        this.#taken.delete(next.personId);
        this.#goOn();
      });
    }
  }
}
