import { describe, expect, it } from 'vitest';
import { statusOf } from './status.ts';
import type { WaitingThing } from './status.ts';

const thing = (state: WaitingThing['state'], kind: WaitingThing['kind'] = 'command'): WaitingThing => ({
  kind,
  id: state,
  name: 'cases.claim',
  about: 'case/a',
  since: '2030-01-01T00:00:00.000Z',
  state,
});
const facts = {
  online: true,
  refusedCommands: 0,
  signInNeeded: false,
  updateNeeded: false,
  storage: 'persistent' as const,
  confirmedAt: null,
};

describe('where the work is', () => {
  it('counts as moving only what leaves by itself', () => {
    const status = statusOf({ ...facts, refusedCommands: 1, things: [thing('held'), thing('sending')] });
    expect(status).toMatchObject({ headline: 'needs_you', needsYou: 1, waiting: 2, moving: 1 });
    expect(statusOf({ ...facts, refusedCommands: 1, things: [thing('held')] }).moving).toBe(0);
  });

  it('says that a text which the server refuses needs the person, and never that it is being sent', () => {
    const status = statusOf({ ...facts, things: [thing('refused', 'document')] });
    expect(status).toMatchObject({ headline: 'needs_you', needsYou: 1, waiting: 0, moving: 0 });
  });

  it('asks for the newer app when only that could send what waits', () => {
    expect(statusOf({ ...facts, things: [thing('needs_update')] }).headline).toBe('update_app');
  });

  it('says "on the server" only when nothing waits', () => {
    expect(statusOf({ ...facts, things: [] }).headline).toBe('on_server');
    expect(statusOf({ ...facts, things: [thing('waiting')] }).headline).toBe('sending');
    expect(statusOf({ ...facts, online: false, things: [] }).headline).toBe('offline');
  });
});
