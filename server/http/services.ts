/** What the routers may call. Built once in main.ts. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface Services {}
