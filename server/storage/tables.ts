/** Every table of the records database as Kysely sees it, one file a noun. The log has tables of its own. */
import type { CaseTables } from './tables/cases.ts';
import type { CoreTables } from './tables/core.ts';
import type { DocumentTables } from './tables/documents.ts';
import type { FeedbackTables } from './tables/feedback.ts';
import type { PeopleTables } from './tables/people.ts';

export interface Tables extends CoreTables, PeopleTables, DocumentTables, CaseTables, FeedbackTables {}
