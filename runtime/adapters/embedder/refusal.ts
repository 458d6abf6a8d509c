import { NireonError } from '../../domain/errors.ts';

/** Texts that wait at most. */
export const mostWaiting = 1024;

/** Why a call is not begun, the same for every embedder. `ended` says why it takes nothing more, `room` how many texts may still come. */
export function refusalOf(
  texts: readonly string[],
  { abort, ended, room }: { abort: AbortSignal; ended: string | undefined; room: number },
): NireonError | undefined {
  if (abort.aborted) return new NireonError('EFFECT_ABORTED');
  if (ended !== undefined) return new NireonError('EMBEDDER_FAILED', ended);
  if (texts.some((text) => text.trim() === '')) return new NireonError('EMBEDDER_INPUT_EMPTY');
  if (texts.length > room) return new NireonError('EMBEDDER_BUSY', `${texts.length} texts are more than the ${room} that may still wait`);
  return undefined;
}
