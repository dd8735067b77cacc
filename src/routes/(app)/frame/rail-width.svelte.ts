/** Whether the rail is narrow: as the person left it, else by the width of the window. */
const storedAs = 'stoa_rail';
const roomyFrom = 1024;

export class RailWidth {
  #choice = $state.raw<'narrow' | 'wide' | null>(null);
  #windowPx = $state(0);

  readonly collapsed = $derived(
    this.#choice === null ? this.#windowPx < roomyFrom : this.#choice === 'narrow',
  );

  constructor() {
    this.#windowPx = window.innerWidth;
    try {
      const stored = localStorage.getItem(storedAs);
      if (stored === 'narrow' || stored === 'wide') this.#choice = stored;
    } catch {
      // A browser that forbids storage still gets a rail.
    }
  }

  resized(): void {
    this.#windowPx = window.innerWidth;
  }

  toggle(): void {
    this.#choice = this.collapsed ? 'wide' : 'narrow';
    try {
      localStorage.setItem(storedAs, this.#choice);
    } catch {
      // Then it is remembered until the window closes.
    }
  }
}
