/** Short notices for what happened elsewhere or can be undone. Errors do not go here: they stand where they arose. */
import { createContext } from 'svelte';

export interface Toast {
  id: number;
  text: string;
  action?: { label: string; run: () => void };
}

/** Shown at once; the oldest goes when another comes. */
export const toastLimit = 3;
/** Long enough to read and to reach Undo; stops while the pointer or the focus is on it. */
export const toastShownMs = 8_000;

export class Toasts {
  #shown = $state<Toast[]>([]);
  #next = 1;

  get shown(): readonly Toast[] {
    return this.#shown;
  }

  show(text: string, action?: Toast['action']): void {
    const toast: Toast = { id: this.#next, text, ...(action && { action }) };
    this.#next += 1;
    this.#shown = [...this.#shown, toast].slice(-toastLimit);
  }

  dismiss(id: number): void {
    this.#shown = this.#shown.filter((toast) => toast.id !== id);
  }
}

export const [useToasts, provideToasts] = createContext<Toasts>();
