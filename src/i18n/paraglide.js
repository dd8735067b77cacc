/**
 * The one set of compiler options, for prepare.js (before the server starts) and for Vite (hot reload):
 * two that differ overwrite each other's output and the server dies with ERR_MODULE_NOT_FOUND.
 */
export const paraglideOptions = {
  project: './src/i18n/project.inlang',
  outdir: './src/i18n/compiled',
  outputStructure: /** @type {const} */ ('message-modules'),
  strategy: /** @type {['cookie', 'preferredLanguage', 'baseLocale']} */ ([
    'cookie',
    'preferredLanguage',
    'baseLocale',
  ]),
  cookieName: 'stoa_language',
  emitGitIgnore: false,
  emitPrettierIgnore: false,
};
