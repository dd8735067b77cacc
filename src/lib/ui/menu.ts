import type { IconName } from './icons.ts';

export interface MenuItem {
  label: string;
  icon?: IconName;
  /** One of the two: what it does, or where it goes. */
  onselect?: () => void;
  href?: string;
  /** A second line: why it cannot be chosen, or what will happen. */
  remark?: string;
  disabled?: boolean;
  danger?: boolean;
  /** True or false makes it one of a set that can be ticked. */
  checked?: boolean;
  keys?: string;
  /** A line above this item. */
  divided?: boolean;
}

const gap = 4;
const edge = 8;

/** Where a floating box goes: below its trigger if it fits, else above; never out of the window. */
export function placeBeside(
  trigger: { top: number; bottom: number; left: number; right: number },
  box: { width: number; height: number },
  window: { width: number; height: number },
  align: 'start' | 'end',
): { top: number; left: number } {
  const below = trigger.bottom + gap;
  const above = trigger.top - gap - box.height;
  const top = below + box.height <= window.height - edge || above < edge ? below : above;
  const left = align === 'start' ? trigger.left : trigger.right - box.width;
  const within = (value: number, size: number, whole: number) =>
    Math.max(edge, Math.min(value, whole - size - edge));
  return { top: within(top, box.height, window.height), left: within(left, box.width, window.width) };
}

/** The item to which typing a letter goes: the next one after `from` that begins with it, or -1. */
export function nextBeginningWith(labels: readonly string[], letter: string, from: number): number {
  const wanted = letter.toLocaleLowerCase();
  for (let step = 1; step <= labels.length; step += 1) {
    const index = (from + step) % labels.length;
    if (labels[index]?.toLocaleLowerCase().startsWith(wanted)) return index;
  }
  return -1;
}
