import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ledger, dataFrameOf } from './ledger.ts';

const step1 = Uint8Array.of(0, 0, 1, 0);
const step2 = Uint8Array.of(0, 1, 2, 0, 0);
const update = Uint8Array.of(0, 2, 2, 0, 0);
const presence = Uint8Array.of(1, 1, 0);

describe('the ledger of a socket', () => {
  it('counts only frames that carry text', () => {
    expect([step1, step2, update, presence].map(dataFrameOf)).toEqual([null, 'step2', 'update', null]);
  });

  it('is not complete before the server has asked and been answered, whatever was acknowledged', () => {
    const ledger = new Ledger();
    expect(ledger.isComplete).toBe(false);
    ledger.sent(update);
    ledger.acknowledged(1);
    expect(ledger.isComplete).toBe(false);
    ledger.sent(step2);
    expect(ledger.isComplete).toBe(false);
    ledger.acknowledged(2);
    expect(ledger.isComplete).toBe(true);
  });

  it('opens again with each further change', () => {
    const ledger = new Ledger();
    ledger.sent(step2);
    ledger.acknowledged(1);
    ledger.sent(update);
    expect(ledger.isComplete).toBe(false);
  });

  it('forgets everything when a new socket begins', () => {
    const ledger = new Ledger();
    ledger.sent(step2);
    ledger.acknowledged(1);
    ledger.begin();
    expect(ledger.isComplete).toBe(false);
    ledger.acknowledged(1);
    expect(ledger.isComplete).toBe(false);
  });

  it('is never complete while a frame is unacknowledged, in any order of events', () => {
    const event = fc.oneof(
      fc.constantFrom(step1, step2, update, presence).map((frame) => ({ frame })),
      fc.nat(12).map((count) => ({ count })),
      fc.constant({ begin: true as const }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const ledger = new Ledger();
        let sent = 0;
        let best = 0;
        let answered = false;
        for (const one of events) {
          if ('frame' in one) {
            ledger.sent(one.frame);
            if (dataFrameOf(one.frame)) sent += 1;
            if (one.frame === step2) answered = true;
          } else if ('count' in one) {
            ledger.acknowledged(one.count);
            if (one.count <= sent) best = Math.max(best, one.count);
          } else {
            ledger.begin();
            sent = best = 0;
            answered = false;
          }
          expect(ledger.isComplete).toBe(answered && best === sent);
        }
      }),
    );
  });
});
