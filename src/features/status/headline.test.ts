import { describe, expect, it } from 'vitest';
import { m } from '#i18n/compiled/messages.js';
import { locales } from '#i18n/compiled/runtime.js';
import { shortLimit } from './headline.ts';

describe("the words of the phone's bar", () => {
  it.each(locales)('fit beside the mark and the search, with counts of two digits, in %s', (locale) => {
    const count = 99;
    for (const words of [
      m.sync_short_device_full({}, { locale }),
      m.sync_short_update_app({}, { locale }),
      m.sync_sign_in({}, { locale }),
      m.sync_short_needs_you({ count }, { locale }),
      m.sync_offline({}, { locale }),
      m.sync_short_offline_waiting({ count }, { locale }),
      m.sync_sending({}, { locale }),
      m.sync_short_sending({ count }, { locale }),
    ])
      expect(words.length, words).toBeLessThanOrEqual(shortLimit);
  });
});
