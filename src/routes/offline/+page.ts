/** What the worker shows for public pages while there is no connection: stored, without script. */
export const prerender = true;
export const ssr = true;
export const csr = false;
