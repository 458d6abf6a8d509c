import { createLimiter } from '../../../runtime/engine/llm-router/limiter.ts';
import { rejection } from '../../support/llm-request.ts';

const never = new AbortController().signal;
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Enters in the order given, and notes who got a place; `leave` frees the oldest. */
async function crowd(maxConcurrent: number, sessions: readonly string[]) {
  const limiter = createLimiter('m', maxConcurrent);
  const served: string[] = [];
  const places: (() => void)[] = [];
  for (const [i, session] of sessions.entries()) {
    void limiter.enter(session, never).then((leave) => {
      served.push(`${session}${i}`);
      places.push(leave);
    });
  }
  await settle();
  const leave = async () => {
    places.shift()?.();
    await settle();
  };
  return { limiter, served, leave };
}

describe('the places at a model', () => {
  it('are never more than allowed, and go to the next when one is freed', async () => {
    const { served, leave } = await crowd(2, ['a', 'a', 'a', 'a']);
    expect(served).toEqual(['a0', 'a1']);
    await leave();
    expect(served).toEqual(['a0', 'a1', 'a2']);
  });

  it('go to sessions in turn, so that a session with many calls waiting does not hold up one with a single call', async () => {
    const { served, leave } = await crowd(1, ['a', 'a', 'a', 'a', 'b', 'c', 'b']);
    for (let i = 0; i < 6; i++) await leave();
    expect(served).toEqual(['a0', 'a1', 'b4', 'c5', 'a2', 'b6', 'a3']);
  });

  it('are freed once, however often the holder says so', async () => {
    const limiter = createLimiter('m', 1);
    const leave = await limiter.enter('a', never);
    leave();
    leave();
    await limiter.enter('a', never);
    let third = false;
    void limiter.enter('a', never).then(() => (third = true));
    await settle();
    expect(third).toBe(false);
  });

  it('are refused with LLM_BUSY to the call that would be the 65th to wait', async () => {
    const { limiter, leave } = await crowd(
      1,
      Array.from({ length: 65 }, () => 'a'),
    );
    expect(await rejection(limiter.enter('b', never))).toMatchObject({ code: 'LLM_BUSY', retryable: true });
    await leave();
    const waits = limiter.enter('b', never).then(() => 'served');
    expect(await Promise.race([waits, settle().then(() => 'waits')])).toBe('waits');
  });

  it('are given up by a caller that aborts while it waits, and its turn goes to the next', async () => {
    const { limiter, served, leave } = await crowd(1, ['a']);
    const controller = new AbortController();
    const given = rejection(limiter.enter('b', controller.signal));
    void limiter.enter('c', never).then(() => served.push('c'));
    controller.abort();
    expect(await given).toMatchObject({ code: 'EFFECT_ABORTED', maybeBilled: false });
    await leave();
    expect(served).toEqual(['a0', 'c']);
  });
});
