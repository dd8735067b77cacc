/**
 * Ids are UUIDv7 (RFC 9562, section 5.7): made on the device that makes the thing, sortable by time, unique
 * without asking anyone. Branded, so that a person's id cannot be handed where a document's is wanted.
 */
import { z } from 'zod';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

export type WorkspaceId = Branded<'workspace'>;
export type PersonId = Branded<'person'>;
export type CommandId = Branded<'command'>;
export type DocumentId = Branded<'document'>;
export type FolderId = Branded<'folder'>;
export type GrantId = Branded<'grant'>;
export type InvitationId = Branded<'invitation'>;
export type CaseId = Branded<'case'>;
export type BoardId = Branded<'board'>;
export type FeedbackItemId = Branded<'feedbackItem'>;

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** A zod schema for one kind of id: lower-case UUID text, branded. */
const idSchema = <Id extends string>() =>
  z
    .string()
    .regex(uuidPattern)
    .transform((text) => text as Id);

export const workspaceId = idSchema<WorkspaceId>();
export const commandId = idSchema<CommandId>();
export const documentId = idSchema<DocumentId>();
export const folderId = idSchema<FolderId>();
export const grantId = idSchema<GrantId>();
export const invitationId = idSchema<InvitationId>();
export const caseId = idSchema<CaseId>();
export const boardId = idSchema<BoardId>();
export const feedbackItemId = idSchema<FeedbackItemId>();

/** better-auth makes ids of people; they are opaque text to us. */
export const personId = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9_-]+$/)
  .transform((text) => text as PersonId);

/**
 * A UUIDv7 from a clock and ten random bytes, both handed in so that rules stay pure and tests repeatable.
 * Throws RangeError when fewer than ten bytes are given.
 */
export function uuidv7(nowMs: number, random: Uint8Array): string {
  if (random.length < 10) throw new RangeError('uuidv7 needs ten random bytes');
  const bytes = new Uint8Array(16);
  let time = Math.floor(nowMs);
  for (let index = 5; index >= 0; index -= 1) {
    bytes[index] = time % 256;
    time = Math.floor(time / 256);
  }
  bytes.set(random.subarray(0, 10), 6);
  bytes[6] = 0x70 | ((bytes[6] as number) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The moment a UUIDv7 was made, in milliseconds since 1970, as its maker's clock saw it. */
export const timeOfUuidv7 = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
