import { feedbackCommands } from '#domain/feedback/commands.ts';
import { command, router } from '../http/trpc.ts';

export const feedbackRouter = router({
  openBoard: command(feedbackCommands['feedback.openBoard'], (s, c) => s.feedback.openBoard(c)),
  changeBoard: command(feedbackCommands['feedback.changeBoard'], (s, c) => s.feedback.changeBoard(c)),
  closeBoard: command(feedbackCommands['feedback.closeBoard'], (s, c) => s.feedback.closeBoard(c)),
  reopenBoard: command(feedbackCommands['feedback.reopenBoard'], (s, c) => s.feedback.reopenBoard(c)),
  post: command(feedbackCommands['feedback.post'], (s, c) => s.feedback.post(c)),
  vote: command(feedbackCommands['feedback.vote'], (s, c) => s.feedback.vote(c)),
  setStatus: command(feedbackCommands['feedback.setStatus'], (s, c) => s.feedback.setStatus(c)),
  answer: command(feedbackCommands['feedback.answer'], (s, c) => s.feedback.answer(c)),
  moderate: command(feedbackCommands['feedback.moderate'], (s, c) => s.feedback.moderate(c)),
});
