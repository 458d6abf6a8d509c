import { createRateLimit } from '../../../operator/kube/rate-limit.ts';
import { createManualClock } from '../../support/manual-clock.ts';

describe('the rate limit of requests', () => {
  it('lets a burst through at once, then so many a second, and a burst again after a rest', async () => {
    const clock = createManualClock();
    const limit = createRateLimit(10, 5, clock);
    let through = 0;
    const ask = (count: number): void => {
      for (let i = 0; i < count; i++) void limit().then(() => through++);
    };
    ask(20);
    await clock.settle();
    expect(through).toBe(5);
    await clock.advance(1000);
    expect(through).toBe(15);
    await clock.advance(60_000);
    expect(through).toBe(20);
    ask(20);
    await clock.settle();
    expect(through).toBe(25);
  });

  it('is none at 0', async () => {
    const clock = createManualClock();
    const limit = createRateLimit(0, 0, clock);
    await Promise.all(Array.from({ length: 1000 }, () => limit()));
    expect(clock.now()).toBe(1000);
  });
});
