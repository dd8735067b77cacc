/** Each page request: who asks (handed over by main.ts), in which language, in which theme. */
import type { Handle, HandleServerError } from '@sveltejs/kit';
import { paraglideMiddleware } from '#i18n/compiled/server.js';

/** The two fonts every page begins with; italics and extended Latin come when a page needs them. */
const isFirstFont = (path: string) => /(inter|source-serif-4)-latin-wght-normal[^/]*\.woff2$/.test(path);

export const handle: Handle = ({ event, resolve }) => {
  const house = event.platform?.req?.house;
  if (house) event.locals.house = house;
  const theme = event.cookies.get('stoa_theme');

  return paraglideMiddleware(event.request, ({ request, locale }) => {
    event.request = request;
    return resolve(event, {
      transformPageChunk: ({ html }) =>
        html
          .replace('%lang%', event.locals.language ?? locale)
          .replace(
            ' data-theme="%theme%"',
            theme === 'light' || theme === 'dark' ? ` data-theme="${theme}"` : '',
          ),
      preload: ({ type, path }) => type === 'js' || type === 'css' || (type === 'font' && isFirstFont(path)),
    });
  });
};

/** What a reader sees of an unforeseen failure: a code for which there are words, never the cause. */
export const handleError: HandleServerError = ({ error, status, event }) => {
  if (status === 404) return { message: 'not_found', code: 'not_found' };
  // The route's pattern, not the address: queries and slugs may be private. Absent while prerendering, where
  // a failed build says it by itself.
  event.locals.house?.report(error, event.route.id ?? 'unknown');
  return { message: 'unexpected', code: 'unexpected' };
};
