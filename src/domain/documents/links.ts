/** Where a link in a document may lead: the web, a mail address, or a place in the same site. */

const schemePattern = /^([a-z][a-z0-9+.-]*):/i;
const allowedSchemes: ReadonlySet<string> = new Set(['http', 'https', 'mailto']);

/**
 * Whether an address may stand in a document. Relative addresses may; any scheme but http, https and mailto
 * may not. Browsers skip white space and control characters while looking for the scheme, so these are
 * removed before judging (`java\nscript:`).
 */
export function isSafeHref(href: string): boolean {
  // eslint-disable-next-line no-control-regex -- browsers skip control characters, so must we
  const bare = href.replace(/[\u0000-\u0020\u007f-\u00a0\u1680\u180e\u2000-\u2029\u205f\u3000\ufeff]/g, '');
  const scheme = schemePattern.exec(bare)?.[1];
  return scheme === undefined || allowedSchemes.has(scheme.toLowerCase());
}

/** With a scheme or a host, or a place within the text itself. */
const standsAlone = /^(?:[a-z][a-z0-9+.-]*:|\/\/|#.)/i;
const ownPage =
  /^\/(?:(?:documents|cases|feedback)\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|boards\/[a-z0-9-]+)(?:[?#].*)?$/;

/** Whether an address still leads somewhere once its text has left the site or the folder it was written for. */
export const leadsSomewhere = (href: string): boolean => standsAlone.test(href) || ownPage.test(href);
