import { createLiveness } from '../../../runtime/liveness.ts';
import { sampleEvents } from '../../support/engine-events.ts';

function setUp() {
  let now = 1000;
  const liveness = createLiveness({ clock: { nowMs: () => now } });
  return { ...liveness, pass: (ms: number) => void (now += ms) };
}
const { 'work-claimed': claimed, 'work-ended': ended, 'lease-renewed': renewed, 'store-lost': lost, 'store-found': found } = sampleEvents;

describe('createLiveness', () => {
  it('is well before anything runs, and while nothing does', () => {
    const { hear, check, pass } = setUp();
    pass(60_000);
    expect(check()).toEqual({ ok: true });
    hear(claimed);
    hear(ended);
    pass(60_000);
    expect(check()).toEqual({ ok: true });
  });

  it('is stuck when items run and no lease was renewed for 15 s', () => {
    const { hear, check, pass } = setUp();
    hear(claimed);
    pass(10_000);
    hear(renewed);
    pass(15_000);
    expect(check()).toEqual({ ok: true });
    pass(1);
    expect(check()).toEqual({ ok: false, code: 'WORKER_STUCK', message: '1 work items run, and no lease was renewed for 15 s' });
    hear(renewed);
    expect(check()).toEqual({ ok: true });
  });

  it('is well while the store is known to be lost, and for 15 s after', () => {
    const { hear, check, pass } = setUp();
    hear(claimed);
    hear(lost);
    pass(120_000);
    expect(check().ok).toBe(true);
    hear(found);
    pass(15_000);
    expect(check().ok).toBe(true);
    pass(1);
    expect(check().ok).toBe(false);
  });

  it.each(['work-retried', 'work-given-back', 'commit-fenced', 'worker-stopped'] as const)('takes %s for the end of a run', (type) => {
    const { hear, check, pass } = setUp();
    hear(claimed);
    hear(sampleEvents[type]);
    pass(60_000);
    expect(check().ok).toBe(true);
  });
});
