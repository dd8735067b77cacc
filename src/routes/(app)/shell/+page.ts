/** The stored page behind every address of the app: the worker answers with it when the server cannot. */
export const prerender = true;
