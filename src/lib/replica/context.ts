/** Hands the engine from the signed-in layout to every component below it. */
import { createContext } from 'svelte';
import type { Engine } from './engine.svelte.ts';

/** `provideEngine(engine)` in the layout, `useEngine()` below it; throws where no layout provided one. */
export const [useEngine, provideEngine] = createContext<Engine>();
