/**
 * On the phone the bars at the lower edge give way while a field is written in. A press elsewhere takes the
 * focus first: if the bars came back at that moment, they would come under the finger, and the click would be
 * theirs. So the field that is left stays marked with `data-leaving` until the press has ended; whoever hides
 * for a field hides for `:is(:focus, [data-leaving])`.
 */
import type { Attachment } from 'svelte/attachments';

export const markLeaving: Attachment<HTMLElement> = (frame) => {
  let isPressed = false;
  let left: Element | null = null;

  const forget = () => {
    left?.removeAttribute('data-leaving');
    left = null;
  };
  // The browser sends the click of a tap right after the change of focus, before anything else may run.
  const forgetSoon = () => {
    const field = left;
    setTimeout(() => {
      if (field === left) forget();
    });
  };
  const onLeave = ({ target }: FocusEvent) => {
    forget();
    left = target as Element;
    left.setAttribute('data-leaving', '');
    if (!isPressed) forgetSoon();
  };
  const onPress = () => {
    isPressed = true;
  };
  const onRelease = () => {
    isPressed = false;
    forgetSoon();
  };
  frame.addEventListener('focusout', onLeave);
  window.addEventListener('pointerdown', onPress, true);
  window.addEventListener('pointerup', onRelease, true);
  window.addEventListener('pointercancel', onRelease, true);
  return () => {
    forget();
    frame.removeEventListener('focusout', onLeave);
    window.removeEventListener('pointerdown', onPress, true);
    window.removeEventListener('pointerup', onRelease, true);
    window.removeEventListener('pointercancel', onRelease, true);
  };
};
