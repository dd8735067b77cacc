import { describe, expect, it } from 'vitest';
import { m } from '#i18n/compiled/messages.js';
import { locales } from '#i18n/compiled/runtime.js';
import { statusOf } from '#lib/sync/status.ts';
import { headlineOf, shortLimit } from './headline.ts';

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

describe('one thing that needs somebody', () => {
  const things = ['a', 'b'].map((id) => ({
    kind: 'command' as const,
    id,
    name: 'cases.claim',
    about: `case/${id}`,
    since: '2030-01-01T00:00:00.000Z',
    state: 'waiting' as const,
  }));
  const facts = {
    refusedCommands: 1,
    signInNeeded: false,
    updateNeeded: false,
    storage: 'persistent' as const,
    confirmedAt: null,
  };

  it('does not hide that the device is offline, nor how much waits, in a side bar or on a phone', () => {
    const words = headlineOf(statusOf({ ...facts, things, online: false }));
    expect(words).toMatchObject({ icon: 'alert', tone: 'warn' });
    expect(words.text).toContain(m.sync_needs_you({ count: 1 }));
    expect(words.text).toContain(m.sync_offline_waiting({ count: 2 }));
    expect(words.short).toBe(m.sync_short_offline_waiting({ count: 2 }));
  });

  it('does not hide what is on its way', () => {
    const words = headlineOf(statusOf({ ...facts, things, online: true }));
    expect(words.text).toContain(m.sync_sending_count({ count: 2 }));
    expect(words.short).toBe(m.sync_short_needs_you({ count: 1 }));
  });

  it('is all that is said when nothing else waits', () => {
    const words = headlineOf(statusOf({ ...facts, things: [], online: true }));
    expect(words.text).toBe(m.sync_needs_you({ count: 1 }));
    expect(words.short).toBe(m.sync_short_needs_you({ count: 1 }));
  });
});
