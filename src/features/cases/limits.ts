import { m } from '#i18n/compiled/messages.js';

/** Words for a text past its limit, empty when it fits. */
export const overLimit = (text: string, limit: number): string =>
  text.trim().length > limit ? m.cases_too_long({ count: text.trim().length - limit, limit }) : '';
