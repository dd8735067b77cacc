/** What the routers may call. Built once in main.ts. */
import type { Cases } from '../cases/service.ts';
import type { Documents } from '../documents/service.ts';

export interface Services {
  documents: Documents;
  cases: Cases;
}
