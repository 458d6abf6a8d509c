import { type Breaker, createBreaker } from '../../../runtime/engine/llm-router/breaker.ts';
import { createLeapingClock, type LeapingClock } from '../../support/leaping-clock.ts';

let clock: LeapingClock;
let changes: string[];
let breaker: Breaker;
beforeEach(() => {
  clock = createLeapingClock();
  changes = [];
  breaker = createBreaker({ clock, onChange: (state) => changes.push(state) });
});
const fail = (times: number) => {
  for (let i = 0; i < times; i++) breaker.enter()?.failed();
};

describe('the breaker of a model', () => {
  it('opens after five failures in a row, and lets nothing through for 30 s', () => {
    fail(4);
    breaker.enter()?.succeeded();
    fail(4);
    expect(breaker.state).toBe('closed');
    fail(1);
    expect(breaker).toMatchObject({ state: 'open', lets: false, opensInMs: 30_000 });
    expect(breaker.enter()).toBeUndefined();
    clock.advance(29_999);
    expect(breaker.enter()).toBeUndefined();
  });

  it('lets one probe through after that, whose success closes it', () => {
    fail(5);
    clock.advance(30_000);
    expect(breaker.lets).toBe(true);
    const probe = breaker.enter();
    expect(breaker.enter()).toBeUndefined();
    probe?.succeeded();
    expect(breaker.enter()).toBeDefined();
    expect(changes).toEqual(['open', 'probing', 'closed']);
  });

  it('opens for another 30 s when the probe fails', () => {
    fail(5);
    clock.advance(30_000);
    fail(1);
    expect(breaker).toMatchObject({ state: 'open', opensInMs: 30_000 });
  });

  it('lets the next call probe when a probe was abandoned', () => {
    fail(5);
    clock.advance(30_000);
    breaker.enter()?.abandoned();
    expect(breaker.lets).toBe(true);
    breaker.enter()?.succeeded();
    expect(breaker.state).toBe('closed');
  });

  it('does not count what calls from before its last change tell', () => {
    const early = breaker.enter();
    const late = breaker.enter();
    fail(5);
    early?.succeeded();
    expect(breaker.state).toBe('open');
    clock.advance(30_000);
    breaker.enter()?.succeeded();
    late?.failed();
    fail(4);
    expect(breaker.state).toBe('closed');
  });
});
