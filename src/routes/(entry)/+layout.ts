/** Drawn in the browser, so that the stored shell opens these pages too when the server is away. */
export const ssr = false;
