/** The record of who did what, as sentences. Total by type over what is recorded. */
import type { RecordedAct, RecordedCommand } from '#domain/workspaces/history.ts';
import { roles } from '#domain/access.ts';
import { m } from '#i18n/compiled/messages.js';
import { roleWords } from '#lib/ui/role-words.ts';

interface Facts {
  by: string;
  person: string;
  role: string;
  thing: string;
}

const sentences: Record<RecordedCommand, (facts: Facts) => string> = {
  'workspaces.setUp': m.people_did_set_up,
  'workspaces.rename': m.people_did_rename_workspace,
  'people.rename': m.people_did_rename,
  'people.add': m.people_did_add,
  'people.invite': m.people_did_invite,
  'people.join': m.people_did_join,
  'people.revokeInvitation': m.people_did_revoke_invitation,
  'people.changeRole': m.people_did_change_role,
  'people.deactivate': m.people_did_deactivate,
  'people.reactivate': m.people_did_reactivate,
  'people.transferOwnership': m.people_did_transfer,
  'people.leave': m.people_did_leave,
  'people.makeResetLink': m.people_did_make_reset_link,
  'people.resetPassword': m.people_did_reset_password,
  'people.enterByLink': m.people_did_enter_by_link,
  'grants.give': m.people_did_give_grant,
  'grants.revoke': m.people_did_revoke_grant,
  'documents.share': m.people_did_share,
  'documents.export': m.people_did_export,
  'documents.archive': m.people_did_archive,
  'documents.restore': m.people_did_restore,
  'documents.import': m.people_did_import,
  'folders.remove': m.people_did_remove_folder,
};

/**
 * `thing` is the title of the document it was done to, as far as this device knows it; `count` is more than one
 * where files were brought in at one go.
 */
export function recordWords(
  act: RecordedAct,
  { thing = null, count = 1 }: { thing?: string | null; count?: number } = {},
): string {
  const role = roles.find((one) => one === act.role);
  const by = act.byName ?? (act.by === 'system' ? m.people_the_operator() : m.people_someone());
  if (count > 1) return m.people_did_import_many({ by, count });
  return sentences[act.name]({
    by,
    person: act.personName ?? act.email ?? m.people_someone(),
    role: role ? roleWords[role]().toLocaleLowerCase() : m.people_role_guest().toLocaleLowerCase(),
    thing: thing ?? m.people_a_document(),
  });
}
