import type { EngineEvent } from '../domain/engine-event.ts';
import { type ErrorCode, errorCodes } from '../domain/errors.ts';
import { adviceFor } from './advice.ts';

/** What a person who watches a run should hear of, as a line; undefined for everything that goes as it should. */
export function eventText(event: EngineEvent): string | undefined {
  switch (event.type) {
    case 'work-retried':
      return `${event.mechanism}: ${event.message}; tried again in ${Math.max(1, Math.round(event.delayMs / 1000))} s (${event.code})`;
    case 'work-ended':
      return event.state === 'dead' ? `${event.mechanism}.${event.operation} was given up (${event.code ?? event.result})` : undefined;
    case 'llm-call-finished':
      return event.outcome === 'failure' && event.code !== 'EFFECT_ABORTED' ? `${event.model}: ${explained(event.code ?? '')}` : undefined;
    case 'llm-fell-back':
      return `${event.from} failed (${event.code}), ${event.to} answers`;
    case 'llm-breaker-changed':
      return event.state === 'open' ? `${event.model} failed repeatedly and is left alone for a while` : undefined;
    case 'effect-overran':
      return `${event.name} cost more than the provider was expected to take; the budget says so`;
    case 'session-version-changed':
      return `the session was begun with version ${event.pinned} of ${event.mechanism}; version ${event.running} goes on`;
    case 'store-lost':
      return `${saying(event.code) ?? event.message}: ${event.code === 'STORE_FULL' ? 'free some, and the run goes on by itself' : 'waiting for the store'}; Ctrl-C ends the run, which goes on later`;
    case 'notice':
      return event.message;
    case 'internal-error':
      return `a bug: ${event.message}`;
    default:
      return undefined;
  }
}

const saying = (code: string): string | undefined => errorCodes[code as ErrorCode]?.says;

/** What a code means and what helps, for people. */
function explained(code: string): string {
  const advice = adviceFor(code);
  return `${saying(code) ?? code} (${code})${advice === undefined ? '' : `. ${advice}`}`;
}
