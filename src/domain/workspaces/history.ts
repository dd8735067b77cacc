/** Which commands an owner finds on record: who let whom in, who took what out, who brought what back. */
export const recordedCommands = [
  'workspaces.setUp',
  'workspaces.rename',
  'people.rename',
  'people.add',
  'people.invite',
  'people.join',
  'people.revokeInvitation',
  'people.changeRole',
  'people.deactivate',
  'people.reactivate',
  'people.transferOwnership',
  'people.leave',
  'people.makeResetLink',
  'people.resetPassword',
  'people.enterByLink',
  'grants.give',
  'grants.revoke',
  'documents.share',
  'documents.export',
  'documents.archive',
  'documents.restore',
  'documents.import',
  'folders.remove',
] as const;
export type RecordedCommand = (typeof recordedCommands)[number];

/** What a person did, as the record tells it. Only facts named here leave the receipts. */
export interface RecordedAct {
  commandId: string;
  name: RecordedCommand;
  /** A person's id, or `system` for the command line and jobs. */
  by: string;
  byName: string | null;
  at: string;
  /** What it was done to: `person/<id>`, `document/<id>`, `invitation/<id>` … */
  aggregate: string;
  /** The person concerned, where there is one. */
  personId: string | null;
  personName: string | null;
  role: string | null;
  email: string | null;
}

/** Acts in one page of the record. */
export const recordPageLimit = 100;
