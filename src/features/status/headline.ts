/** The one line about where the work is, said only when it is so; and the sign beside it. */
import type { Status } from '#lib/sync/status.ts';
import type { IconName } from '#lib/ui/icons.ts';
import { m } from '#i18n/compiled/messages.js';

export type Tone = 'calm' | 'busy' | 'warn' | 'bad';

/** What stands beside the sign, the mark and the search on the narrowest phone. */
export const shortLimit = 20;

export interface HeadlineWords {
  text: string;
  /** The same in at most `shortLimit` characters, for the bar of a phone. */
  short: string;
  icon: IconName;
  tone: Tone;
}

/** What the words alone are, where they are short already. */
const plain = (text: string, icon: IconName, tone: Tone): HeadlineWords => ({
  text,
  short: text,
  icon,
  tone,
});

/** Where the rest of the work is: said beside what needs somebody, for one open question must not hide it. */
function restOf({ online, waiting, moving }: Status): HeadlineWords | null {
  // Only what leaves by itself is being sent; without a line everything is on this device alike.
  const count = online ? moving : waiting;
  if (!online && count === 0) return plain(m.sync_offline(), 'cloud-off', 'busy');
  if (!online)
    return {
      ...plain(m.sync_offline_waiting({ count }), 'cloud-off', 'busy'),
      short: m.sync_short_offline_waiting({ count }),
    };
  if (count === 0) return null;
  return {
    ...plain(m.sync_sending_count({ count }), 'send', 'busy'),
    short: m.sync_short_sending({ count }),
  };
}

export function headlineOf(status: Status): HeadlineWords {
  const rest = restOf(status);
  switch (status.headline) {
    case 'device_full':
      return { ...plain(m.sync_device_full(), 'storage', 'bad'), short: m.sync_short_device_full() };
    case 'update_app':
      return { ...plain(m.sync_update_app(), 'download', 'warn'), short: m.sync_short_update_app() };
    case 'sign_in':
      return plain(m.sync_sign_in(), 'lock', 'warn');
    case 'needs_you': {
      const text = m.sync_needs_you({ count: status.needsYou });
      const short = m.sync_short_needs_you({ count: status.needsYou });
      // In the bar of a phone the sign and its colour say the one, the few words that nothing is sent now.
      return {
        text: rest ? `${text} · ${rest.text}` : text,
        short: status.online ? short : (rest?.short ?? short),
        icon: 'alert',
        tone: 'warn',
      };
    }
    case 'offline':
    case 'sending':
      return rest ?? plain(m.sync_sending(), 'send', 'busy');
    case 'on_server':
      return plain(m.sync_on_server(), 'cloud-check', 'calm');
  }
}

/** What the line means and what to do, for the top of the list behind it. */
export function explanationOf(status: Status): string {
  switch (status.headline) {
    case 'device_full':
      return m.sync_device_full_text();
    case 'update_app':
      return m.sync_update_app_text();
    case 'sign_in':
      return m.sync_sign_in_text();
    case 'needs_you':
      return m.sync_needs_you_text();
    case 'offline':
      return status.waiting > 0 ? m.sync_offline_waiting_text() : m.sync_offline_text();
    case 'sending':
      return m.sync_sending_text();
    case 'on_server':
      return m.sync_on_server_text();
  }
}
