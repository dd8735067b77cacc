/** The job that runs when a grant ends by its date. */
import type { Instant } from '#domain/time.ts';
import type { GrantRecord } from '#domain/workspaces/workspace.ts';
import type { NewJob } from '../jobs/queue.ts';

export const grantsEndedKind = 'grants.ended';

/** The end is part of the key: a grant that is prolonged must not be absorbed by the job of its older end. */
export const endOfGrantJob = (workspaceId: string, grant: GrantRecord, now: Instant): NewJob[] =>
  grant.endsAt === null
    ? []
    : [
        {
          workspaceId,
          kind: grantsEndedKind,
          key: `${grant.id}@${grant.endsAt}`,
          payload: { grantId: grant.id },
          delayMs: Math.max(0, Date.parse(grant.endsAt) - Date.parse(now)),
        },
      ];
