import { NireonError } from '../../domain/errors.ts';

export interface CallSignal {
  /** Aborted, with a NireonError as its reason, when a caller gives up or the deadline passes, whichever is first. */
  readonly signal: AbortSignal;
  /** To be called when the call has ended: takes the timer and the listeners away. */
  release(): void;
}

/**
 * One signal for one call of a model: EFFECT_ABORTED if one of `aborts` fires, LLM_TIMEOUT after `deadlineMs`. Both may have been
 * billed, unless the abort came first: then this throws it at once.
 */
export function callSignal(name: string, aborts: readonly AbortSignal[], deadlineMs: number): CallSignal {
  if (aborts.some((abort) => abort.aborted)) throw new NireonError('EFFECT_ABORTED', `the call to ${name} was abandoned before it began`);
  const controller = new AbortController();
  const onAbort = () => controller.abort(new NireonError('EFFECT_ABORTED', `the call to ${name} was abandoned`, { maybeBilled: true }));
  const onDeadline = () =>
    controller.abort(new NireonError('LLM_TIMEOUT', `${name} did not answer within ${deadlineMs} ms`, { maybeBilled: true }));
  const timer = setTimeout(onDeadline, deadlineMs);
  for (const abort of aborts) abort.addEventListener('abort', onAbort);
  return {
    signal: controller.signal,
    release() {
      clearTimeout(timer);
      for (const abort of aborts) abort.removeEventListener('abort', onAbort);
    },
  };
}
