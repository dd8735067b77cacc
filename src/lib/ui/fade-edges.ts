/** Which edges of a box that scrolls sideways have more behind them, and the soft end that says so. */
import type { Attachment } from 'svelte/attachments';

export interface SidewaysBox {
  scrollLeft: number;
  scrollWidth: number;
  clientWidth: number;
}

const fade = '28px';
/** Fractions of a pixel are rounding, not content. */
const slackPx = 1;

/** The CSS mask for where the box stands; empty when all of it is in view. */
export function maskOf({ scrollLeft, scrollWidth, clientWidth }: SidewaysBox): string {
  const before = scrollLeft > slackPx;
  const after = scrollWidth - clientWidth - scrollLeft > slackPx;
  if (!before && !after) return '';
  const start = before ? `transparent, #000 ${fade}` : '#000 0';
  const end = after ? `#000 calc(100% - ${fade}), transparent` : '#000 100%';
  return `linear-gradient(to right, ${start}, ${end})`;
}

/** Keeps the mask true while the box scrolls, changes its width or gets other content. */
export const fadeEdges: Attachment<HTMLElement> = (box) => {
  const draw = () => {
    box.style.maskImage = maskOf(box);
  };
  const sizes = new ResizeObserver(draw);
  const watch = () => {
    sizes.disconnect();
    sizes.observe(box);
    for (const child of box.children) sizes.observe(child);
  };
  const content = new MutationObserver(watch);
  content.observe(box, { childList: true });
  box.addEventListener('scroll', draw, { passive: true });
  watch();
  return () => {
    sizes.disconnect();
    content.disconnect();
    box.removeEventListener('scroll', draw);
  };
};
