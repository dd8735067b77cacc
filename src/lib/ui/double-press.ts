/**
 * The second half of a double press is meant for what stood there at the first. When that has gone with its
 * page, the press is let go: "Open case" pressed twice must not claim the case whose button came under it.
 */
import type { Attachment } from 'svelte/attachments';

export const keepDoublePress: Attachment<HTMLElement> = (frame) => {
  let pressed: Element | null = null;
  const onClick = (event: MouseEvent) => {
    if (event.detail > 1 && pressed?.isConnected === false) {
      event.preventDefault();
      event.stopPropagation();
    } else pressed = event.target as Element;
  };
  frame.addEventListener('click', onClick, true);
  return () => frame.removeEventListener('click', onClick, true);
};
