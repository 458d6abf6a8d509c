import { NireonError } from '../../../runtime/domain/errors.ts';
import { retryAfter } from '../../../runtime/engine/retry-after.ts';

const backOff = { backoffMs: 1000, backoffMaxMs: 60_000 };
const drawing = (draw: number) => ({ uniform: () => draw, bytes: () => new Uint8Array() });

describe('retryAfter', () => {
  it('takes a random share of a back-off that doubles up to its limit', () => {
    expect([0, 1, 2, 20].map((failures) => retryAfter(new Error('no'), failures, backOff, drawing(0.5)))).toEqual([
      500, 1000, 2000, 30_000,
    ]);
    expect(retryAfter(new Error('no'), 3, backOff, drawing(0))).toBe(0);
  });

  it('waits as long as what failed asks for, within the limit', () => {
    const asking = (retryAfterMs: number) => new NireonError('LLM_UNAVAILABLE', undefined, { retryAfterMs });
    expect(retryAfter(asking(25_000), 0, backOff, drawing(0.5))).toBe(25_500);
    expect(retryAfter(asking(3_600_000), 20, backOff, drawing(1))).toBe(120_000);
  });
});
