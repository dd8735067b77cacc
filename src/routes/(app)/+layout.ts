/** Signed-in pages are drawn on the device from what it holds; the server never renders them. */
import { error, redirect } from '@sveltejs/kit';
import { codeOfCaught } from '#i18n/error-words.ts';
import { createEngine } from '#lib/replica/create.ts';
import type { LayoutLoad } from './$types';

export const ssr = false;

export const load: LayoutLoad = async ({ url, untrack }) => {
  let engine;
  try {
    // Another person, or signed out in another window: start anew rather than show one person's desk to another.
    engine = await createEngine({ onLeft: () => location.reload() });
  } catch (cause) {
    const code = codeOfCaught(cause);
    if (code === 'unexpected') throw cause;
    error(code === 'not_allowed' ? 403 : 503, { message: code, code });
  }
  if (!engine) {
    // Read without being tracked: a new address must not start a second engine.
    const here = untrack(() => url.pathname + url.search);
    redirect(307, here === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(here)}`);
  }
  return { engine };
};
