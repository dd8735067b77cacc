/** Every migration in order. Add at the end only. */
import type { Migration } from './migration.ts';
import { core } from './0001-core.ts';
import { people } from './0002-people.ts';
import { documents } from './0003-documents.ts';
import { cases } from './0004-cases.ts';
import { feedback } from './0005-feedback.ts';
import { sources } from './0006-sources.ts';

export const migrations: readonly Migration[] = [core, people, documents, cases, feedback, sources];
