/** What the routers may call. Built once, in `server/open.ts`. */
import type { PersonActor } from '#domain/access.ts';
import type { FeedCursor, FeedPage } from '#domain/records.ts';
import type { Cases } from '../cases/service.ts';
import type { Importing } from '../documents/importing.ts';
import type { Documents } from '../documents/service.ts';
import type { Texts } from '../documents/texts.ts';
import type { Feedback } from '../feedback/service.ts';
import type { Accounts } from '../workspaces/accounts.ts';
import type { History } from '../workspaces/history.ts';
import type { Links } from '../workspaces/links.ts';
import type { People } from '../workspaces/service.ts';
import type { Tokens } from '../workspaces/tokens.ts';

export interface Services {
  people: People;
  links: Links;
  accounts: Accounts;
  tokens: Tokens;
  history: History;
  documents: Documents;
  importing: Importing;
  texts: Texts;
  cases: Cases;
  feedback: Feedback;
  /** One page of the change feed, read with the loaders of all features. */
  feed: (actor: PersonActor, cursor: FeedCursor | null) => Promise<FeedPage>;
}
