/** Letting posts through and refusing them: one by one, however many, each a command of its own. */
import { feedbackCommands } from '#domain/feedback/commands.ts';
import type { FeedbackItem, Moderation } from '#domain/feedback/feedback.ts';
import { m } from '#i18n/compiled/messages.js';
import { wordsOfCaught } from '#i18n/error-words.ts';
import type { Engine } from '#lib/replica/engine.svelte.ts';
import type { Toasts } from '#lib/ui/toasts.svelte.ts';

export type Verdict = Exclude<Moderation, 'pending'>;

interface House {
  engine: Engine;
  toasts: Toasts;
}

/** Says what was done and offers to undo it. Returns why some could not be judged; empty when all were. */
export async function moderate(
  { engine, toasts }: House,
  items: readonly FeedbackItem[],
  to: Verdict,
): Promise<string> {
  const send = (itemId: FeedbackItem['id'], from: Moderation, next: Moderation) =>
    engine.send(feedbackCommands['feedback.moderate'], { itemId, from, to: next });
  const done: FeedbackItem[] = [];
  let failure = '';
  for (const item of items)
    try {
      await send(item.id, item.moderation, to);
      done.push(item);
    } catch (error) {
      failure = wordsOfCaught(error);
    }
  const undo = async () => {
    // Whoever has judged it anew meanwhile is not overruled: the rule refuses what is no longer as it was left.
    for (const { id, moderation } of done)
      await send(id, to, moderation).catch((error: unknown) => toasts.show(wordsOfCaught(error)));
  };
  const count = done.length;
  if (count > 0)
    toasts.show(
      to === 'approved' ? m.feedback_approved_toast({ count }) : m.feedback_refused_toast({ count }),
      { label: m.shell_undo(), run: () => void undo() },
    );
  return failure;
}
