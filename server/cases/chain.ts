/**
 * The chain over a case's timeline: each event's hash covers all its facts and the hash before it, so that a
 * change anywhere shows in every later hash. Whoever can rewrite the whole table could recompute it: heads
 * have to be written down elsewhere too (letters, backup manifests).
 */
import { createHash } from 'node:crypto';
import type { CaseEvent } from '#domain/cases/case.ts';
import type { WorkspaceId } from '#domain/ids.ts';
import { canonicalJson } from '../storage/json.ts';

/** The shape of `facts`. A new number when it changes; old rows keep theirs. */
export const factsVersion = 1;

/** What the first event of a case follows. */
export const chainStart = '';

/** SHA-256 as hex over the canonical JSON of the event (its own hash left out). */
export function hashOfEvent(event: CaseEvent, workspaceId: WorkspaceId): string {
  const { hash: _own, ...content } = event;
  return createHash('sha256')
    .update(canonicalJson({ ...content, workspaceId, factsVersion }))
    .digest('hex');
}

/** The first position where a whole timeline, in order, does not follow from what stands before it; or null. */
export function brokenAt(events: readonly CaseEvent[], workspaceId: WorkspaceId): number | null {
  let before = chainStart;
  for (const [index, event] of events.entries()) {
    const follows = event.position === index + 1 && event.prevHash === before;
    if (!follows || event.hash !== hashOfEvent(event, workspaceId)) return index + 1;
    before = event.hash;
  }
  return null;
}
