/** A public board for anybody: rendered here, works without script, in the board's own language. */
import { randomBytes } from 'node:crypto';
import { error, fail, redirect } from '@sveltejs/kit';
import type { Cookies, RequestEvent } from '@sveltejs/kit';
import { errorCodeOf, errorTable } from '#domain/errors.ts';
import type { ErrorDetails } from '#domain/errors.ts';
import { itemTextLimit, itemTitleLimit, visitorNameLimit } from '#domain/feedback/feedback.ts';
import { commandId, feedbackItemId, uuidv7 } from '#domain/ids.ts';
import { codeOfCaught } from '#i18n/error-words.ts';
import type { Actions, PageServerLoad } from './$types';

export const csr = false;

/** Names the browser, not the person, so that one browser has one vote on an item; never stored as it is. */
const visitorCookie = 'stoa_visitor';
const visitorCookieDays = 365;
const visitorKeyPattern = /^[A-Za-z0-9_-]{20,64}$/;

const newId = () => uuidv7(Date.now(), randomBytes(10));

const apiOf = (event: RequestEvent) => {
  if (!event.locals.house) error(503, { message: 'busy', code: 'busy' });
  return event.locals.house.api;
};

function knownVisitor(cookies: Cookies): string | null {
  const key = cookies.get(visitorCookie);
  return key && visitorKeyPattern.test(key) ? key : null;
}

function visitorKeyOf(event: RequestEvent): string {
  const key = knownVisitor(event.cookies) ?? randomBytes(24).toString('base64url');
  event.cookies.set(visitorCookie, key, {
    path: '/boards',
    httpOnly: true,
    sameSite: 'lax',
    secure: event.url.protocol === 'https:',
    maxAge: visitorCookieDays * 24 * 60 * 60,
  });
  return key;
}

/** The refusal as a status and a code the page has words for. */
function refusalOf(caught: unknown): {
  status: number;
  code: ReturnType<typeof codeOfCaught>;
  details: ErrorDetails;
} {
  const cause = (caught as { cause?: unknown } | null)?.cause ?? caught;
  // Input that does not parse carries no code of ours: what parsed it says only that it is wrong.
  const isUnparsed = !errorCodeOf(cause) && (caught as { code?: unknown } | null)?.code === 'BAD_REQUEST';
  const code = isUnparsed ? ('bad_input' as const) : codeOfCaught(cause);
  const { trpc } = errorTable[code];
  const status =
    { NOT_FOUND: 404, TOO_MANY_REQUESTS: 429, BAD_REQUEST: 400, CONFLICT: 409 }[trpc as string] ?? 500;
  return { status, code, details: (cause as { details?: ErrorDetails } | null)?.details ?? {} };
}

export const load: PageServerLoad = async (event) => {
  const page = Number(event.url.searchParams.get('page') ?? '1');
  try {
    const shown = await apiOf(event).boards.read({
      slug: event.params.slug,
      page: Number.isInteger(page) && page > 0 ? page - 1 : 0,
      visitorKey: knownVisitor(event.cookies),
    });
    event.locals.language = shown.board.language;
    event.setHeaders({ 'cache-control': 'private, no-store' });
    return {
      ...shown,
      page: Math.max(1, page || 1),
      justPosted: event.url.searchParams.has('posted'),
      // Made with the form: a form sent twice is one post, whatever the browser did.
      ids: { command: newId(), item: newId() },
      limits: { title: itemTitleLimit, text: itemTextLimit, name: visitorNameLimit },
    };
  } catch (caught) {
    const { status, code } = refusalOf(caught);
    // An address that is no slug is a page that is not there.
    error(status === 400 ? 404 : status, { message: code, code: status === 400 ? 'not_found' : code });
  }
};

export const actions: Actions = {
  post: async (event) => {
    const form = await event.request.formData();
    const text = (name: string): string => {
      const value = form.get(name);
      return typeof value === 'string' ? value.replaceAll('\r\n', '\n').trim() : '';
    };
    const said = { title: text('title'), text: text('text'), name: text('name') };
    const ids = {
      command: commandId.safeParse(text('command')),
      item: feedbackItemId.safeParse(text('item')),
    };
    // A field no person sees: what fills it in is a program. It is told that all went well.
    if (text('website') !== '') redirect(303, `/boards/${event.params.slug}?posted`);
    if (!ids.command.success || !ids.item.success)
      return fail(400, { code: 'bad_input' as const, details: {}, said });
    if (said.title === '') return fail(400, { code: 'title_required' as const, details: {}, said });
    if (said.title.length > itemTitleLimit)
      return fail(400, { code: 'title_too_long' as const, details: { limit: itemTitleLimit }, said });
    if (said.text.length > itemTextLimit) return fail(400, { code: 'too_large' as const, details: {}, said });
    try {
      await apiOf(event).boards.post({
        slug: event.params.slug,
        commandId: ids.command.data,
        itemId: ids.item.data,
        visitorKey: visitorKeyOf(event),
        ...said,
      });
    } catch (caught) {
      const { status, code, details } = refusalOf(caught);
      return fail(status, { code, details, said });
    }
    redirect(303, `/boards/${event.params.slug}?posted`);
  },

  vote: async (event) => {
    const form = await event.request.formData();
    const itemId = feedbackItemId.safeParse(form.get('item'));
    if (!itemId.success) return fail(400, { code: 'bad_input' as const, details: {}, said: null });
    try {
      await apiOf(event).boards.vote({
        slug: event.params.slug,
        commandId: commandId.parse(newId()),
        itemId: itemId.data,
        wanted: form.get('wanted') === 'yes',
        visitorKey: visitorKeyOf(event),
      });
    } catch (caught) {
      const { status, code, details } = refusalOf(caught);
      return fail(status, { code, details, said: null });
    }
    const page = event.url.searchParams.get('page');
    redirect(
      303,
      `/boards/${event.params.slug}${page ? `?page=${encodeURIComponent(page)}` : ''}#${itemId.data}`,
    );
  },
};
