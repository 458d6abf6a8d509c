import { NireonError } from '../../domain/errors.ts';

export interface Limiter {
  /**
   * Resolves when one of the `maxConcurrent` places is free, with the function that frees it again. Sessions take turns, and within a
   * session calls keep their order. LLM_BUSY at once if 64 calls wait already; EFFECT_ABORTED when `abort` fires before the turn.
   */
  enter(sessionId: string, abort: AbortSignal): Promise<() => void>;
}

interface Waiter {
  readonly go: () => void;
}

const mostWaiting = 64;

/** Holds the calls of one model to `maxConcurrent` at once. */
export function createLimiter(name: string, maxConcurrent: number): Limiter {
  let running = 0;
  let waiting = 0;
  /** In order of turn: the first key is served next and then goes to the end. */
  const queues = new Map<string, Waiter[]>();

  function leave(): void {
    running--;
    const next = queues.entries().next().value;
    if (next === undefined) return;
    const [sessionId, queue] = next;
    const waiter = queue.shift();
    queues.delete(sessionId);
    if (queue.length > 0) queues.set(sessionId, queue);
    waiter?.go();
  }

  function place(): () => void {
    running++;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      leave();
    };
  }

  return {
    async enter(sessionId, abort) {
      if (abort.aborted) throw new NireonError('EFFECT_ABORTED');
      if (running < maxConcurrent) return place();
      if (waiting >= mostWaiting) throw new NireonError('LLM_BUSY', `${mostWaiting} calls wait for model ${name} already`);
      return new Promise<() => void>((resolve, reject) => {
        const queue = queues.get(sessionId) ?? [];
        const waiter: Waiter = {
          go() {
            stopWaiting();
            resolve(place());
          },
        };
        const onAbort = () => {
          stopWaiting();
          queue.splice(queue.indexOf(waiter), 1);
          if (queue.length === 0 && queues.get(sessionId) === queue) queues.delete(sessionId);
          reject(new NireonError('EFFECT_ABORTED', `the call was abandoned while it waited for model ${name}`));
        };
        const stopWaiting = () => {
          waiting--;
          abort.removeEventListener('abort', onAbort);
        };
        waiting++;
        queue.push(waiter);
        queues.set(sessionId, queue);
        abort.addEventListener('abort', onAbort);
      });
    },
  };
}
