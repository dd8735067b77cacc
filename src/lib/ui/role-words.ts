import type { Role } from '#domain/access.ts';
import { m } from '#i18n/compiled/messages.js';

export const roleWords: Readonly<Record<Role, () => string>> = {
  viewer: m.people_role_viewer,
  commenter: m.people_role_commenter,
  editor: m.people_role_editor,
  owner: m.people_role_owner,
};

/** What each role may do, in a sentence. */
export const roleHints: Readonly<Record<Role, () => string>> = {
  viewer: m.people_role_viewer_hint,
  commenter: m.people_role_commenter_hint,
  editor: m.people_role_editor_hint,
  owner: m.people_role_owner_hint,
};
