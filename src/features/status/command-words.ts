/** What each queued command is called on the screens that list what waits. A test holds that none is missing. */
import { m } from '#i18n/compiled/messages.js';

const words: Readonly<Record<string, () => string>> = {
  document: m.sync_did_text,
  'workspaces.rename': m.sync_did_workspaces_rename,
  'people.rename': m.sync_did_people_rename,
  'documents.create': m.sync_did_documents_create,
  'documents.import': m.sync_did_documents_import,
  'documents.rename': m.sync_did_documents_rename,
  'documents.setKind': m.sync_did_documents_set_kind,
  'documents.setLanguage': m.sync_did_documents_set_language,
  'documents.move': m.sync_did_documents_move,
  'documents.share': m.sync_did_documents_share,
  'documents.archive': m.sync_did_documents_archive,
  'documents.restore': m.sync_did_documents_restore,
  'folders.create': m.sync_did_folders_create,
  'folders.rename': m.sync_did_folders_rename,
  'folders.move': m.sync_did_folders_move,
  'cases.open': m.sync_did_cases_open,
  'cases.claim': m.sync_did_cases_claim,
  'cases.release': m.sync_did_cases_release,
  'cases.changeState': m.sync_did_cases_change_state,
  'cases.setSeverity': m.sync_did_cases_set_severity,
  'cases.retitle': m.sync_did_cases_retitle,
  'cases.note': m.sync_did_cases_note,
  'feedback.openBoard': m.sync_did_feedback_open_board,
  'feedback.changeBoard': m.sync_did_feedback_change_board,
  'feedback.closeBoard': m.sync_did_feedback_close_board,
  'feedback.reopenBoard': m.sync_did_feedback_reopen_board,
  'feedback.post': m.sync_did_feedback_post,
  'feedback.vote': m.sync_did_feedback_vote,
  'feedback.setStatus': m.sync_did_feedback_set_status,
  'feedback.answer': m.sync_did_feedback_answer,
  'feedback.moderate': m.sync_did_feedback_moderate,
};

export const isNamed = (command: string): boolean => Object.hasOwn(words, command);

/** A command stored by a newer version of the app has no words here: it is then only "a change". */
export const commandWords = (command: string): string => (words[command] ?? m.sync_did_something)();
