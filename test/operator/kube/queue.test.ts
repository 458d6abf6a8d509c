import { createQueue, type Queue, type QueueEvent } from '../../../operator/kube/queue.ts';
import { createManualClock } from '../../support/manual-clock.ts';

interface Job {
  readonly key: string;
  end(againInMs?: number): void;
  fail(error?: Error): void;
}

function setUp(concurrency = 1) {
  const clock = createManualClock();
  const jobs: Job[] = [];
  const events: QueueEvent[] = [];
  let signal: AbortSignal | undefined;
  const queue: Queue = createQueue({
    concurrency,
    clock,
    random: () => 0,
    onEvent: (event) => void events.push(event),
    work: (key, its) => {
      signal = its;
      return new Promise((resolve, reject) =>
        jobs.push({
          key,
          end: (againInMs) => resolve(againInMs === undefined ? undefined : { againInMs }),
          fail: (error = new Error('no')) => reject(error),
        }),
      );
    },
  });
  const started = (): string[] => jobs.map(({ key }) => key);
  return { clock, jobs, events, queue, started, signal: () => signal };
}

describe('the work queue', () => {
  it('merges what is added again, and works on a key in one worker only', async () => {
    const { clock, jobs, queue, started } = setUp(4);
    queue.add('a');
    queue.add('a');
    queue.add('a');
    expect(started()).toEqual(['a']);
    jobs[0]!.end();
    await clock.settle();
    expect(started()).toEqual(['a', 'a']);
    jobs[1]!.end();
    await clock.settle();
    expect(started()).toEqual(['a', 'a']);
  });

  it('takes edits before children before looks, and moves a key up', async () => {
    const { clock, jobs, queue, started } = setUp();
    queue.add('first');
    queue.add('again', 'again');
    queue.add('child', 'child');
    queue.add('moved', 'again');
    queue.add('edit', 'edit');
    queue.add('moved', 'edit');
    for (let i = 0; i < 5; i++) {
      jobs[i]!.end();
      await clock.settle();
    }
    expect(started()).toEqual(['first', 'edit', 'moved', 'child', 'again']);
  });

  it('lets nobody starve behind a flood of edits', async () => {
    const { clock, jobs, queue, started } = setUp();
    queue.add('edit0', 'edit');
    queue.add('patient', 'again');
    for (let i = 0; i < 20; i++) {
      queue.add(`edit${i + 1}`, 'edit');
      jobs[i]!.end();
      await clock.settle();
    }
    expect(started().indexOf('patient')).toBeLessThan(8);
  });

  it('tries a failure again after 5, 10, 20 ms, …, at most five minutes, and from the start after a success', async () => {
    const { clock, jobs, queue, events } = setUp();
    queue.add('a');
    for (let i = 0; i < 20; i++) {
      jobs[i]!.fail();
      await clock.settle();
      await clock.advance(300_000);
    }
    const delays = events.flatMap((event) => (event.type === 'retried' ? [event.delayMs] : []));
    expect(delays.slice(0, 4)).toEqual([5, 10, 20, 40]);
    expect(delays.at(-1)).toBe(300_000);
    jobs[20]!.end();
    await clock.settle();
    queue.add('a');
    jobs[21]!.fail();
    await clock.settle();
    expect(events.findLast((event) => event.type === 'retried')).toMatchObject({ delayMs: 5, failures: 1 });
  });

  it('waits as long as a failure asks for', async () => {
    const { clock, jobs, queue, started } = setUp();
    queue.add('a');
    jobs[0]!.fail(Object.assign(new Error('later'), { retryAfterMs: 7000 }));
    await clock.advance(6999);
    expect(started()).toEqual(['a']);
    await clock.advance(1);
    expect(started()).toEqual(['a', 'a']);
  });

  it('comes again when the work asks for it, unless it was worked on before', async () => {
    const { clock, jobs, queue, started } = setUp();
    queue.add('a');
    jobs[0]!.end(1000);
    await clock.advance(500);
    queue.add('a');
    jobs[1]!.end();
    await clock.advance(10_000);
    expect(started()).toEqual(['a', 'a']);
    queue.forget('a');
  });

  it('drains: starts nothing more, and waits for what is in work', async () => {
    const { clock, jobs, queue, started, signal } = setUp();
    queue.add('a');
    queue.add('b');
    let stopped = false;
    const stopping = queue.stop({ abort: true }).then(() => (stopped = true));
    await clock.settle();
    expect([stopped, signal()!.aborted]).toEqual([false, true]);
    jobs[0]!.fail();
    await stopping;
    await clock.advance(600_000);
    expect(started()).toEqual(['a']);
  });

  it('tells how long keys wait and are worked on', async () => {
    const { clock, jobs, queue, events } = setUp();
    queue.add('a');
    queue.add('b');
    await clock.advance(30);
    expect(queue.state()).toEqual({ waiting: 1, workingSince: [1000] });
    jobs[0]!.end();
    await clock.settle();
    expect(events).toContainEqual({ type: 'ended', key: 'a', workMs: 30 });
    expect(events).toContainEqual({ type: 'started', key: 'b', waitMs: 30 });
  });
});
