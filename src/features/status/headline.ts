/** The one line about where the work is, said only when it is so; and the sign beside it. */
import type { Status } from '#lib/sync/status.ts';
import type { IconName } from '#lib/ui/icons.ts';
import { m } from '#i18n/compiled/messages.js';

export type Tone = 'calm' | 'busy' | 'warn' | 'bad';

export interface HeadlineWords {
  text: string;
  icon: IconName;
  tone: Tone;
}

export function headlineOf(status: Status): HeadlineWords {
  const count = status.waiting;
  switch (status.headline) {
    case 'device_full':
      return { text: m.sync_device_full(), icon: 'storage', tone: 'bad' };
    case 'update_app':
      return { text: m.sync_update_app(), icon: 'download', tone: 'warn' };
    case 'sign_in':
      return { text: m.sync_sign_in(), icon: 'lock', tone: 'warn' };
    case 'needs_you':
      return { text: m.sync_needs_you({ count: status.needsYou }), icon: 'alert', tone: 'warn' };
    case 'offline':
      return {
        text: count > 0 ? m.sync_offline_waiting({ count }) : m.sync_offline(),
        icon: 'cloud-off',
        tone: 'busy',
      };
    case 'sending':
      return {
        text: count > 0 ? m.sync_sending_count({ count }) : m.sync_sending(),
        icon: 'send',
        tone: 'busy',
      };
    case 'on_server':
      return { text: m.sync_on_server(), icon: 'cloud-check', tone: 'calm' };
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
