/**
 * Words not yet sent, kept through a reload or a crashed tab. They live and die with the tab: a shared device
 * keeps none of them.
 */
export const readDraft = (name: string): string => {
  try {
    return sessionStorage.getItem(`stoa.draft.${name}`) ?? '';
  } catch {
    return '';
  }
};

/** An empty text forgets the draft. A browser that gives no storage keeps none; what is on screen stays. */
export function keepDraft(name: string, text: string): void {
  try {
    if (text === '') sessionStorage.removeItem(`stoa.draft.${name}`);
    else sessionStorage.setItem(`stoa.draft.${name}`, text);
  } catch {
    return;
  }
}
