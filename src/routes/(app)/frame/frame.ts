/** What a page may ask of the frame around it. */
import { createContext } from 'svelte';

export interface Frame {
  /** Opens the list of what waits and what needs the person. */
  showStatus: () => void;
  /** Asks what stays on this device, then leaves. */
  signOut: () => void;
}

export const [useFrame, provideFrame] = createContext<Frame>();
