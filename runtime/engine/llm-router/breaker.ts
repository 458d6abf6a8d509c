import type { Clock } from '../../ports/clock.ts';

export type BreakerState = 'closed' | 'open' | 'probing';

/** The right to one call; how it went is to be told exactly once. `abandoned` says nothing about the model. */
export interface BreakerTicket {
  succeeded(): void;
  failed(): void;
  abandoned(): void;
}

export interface Breaker {
  readonly state: BreakerState;
  /** Whether a call would be let through now. */
  readonly lets: boolean;
  /** Milliseconds until a probe is let through; 0 if one would be now, or the breaker is closed. */
  readonly opensInMs: number;
  /** Undefined while the breaker is open, or another call is its probe. */
  enter(): BreakerTicket | undefined;
}

export interface BreakerOptions {
  readonly clock: Clock;
  readonly onChange: (state: BreakerState) => void;
}

const failuresToOpen = 5;
const openForMs = 30_000;

/**
 * Keeps calls away from a model that fails: opens after five failures in a row, for 30 s, then lets one probe through, whose end closes
 * it or opens it for another 30 s. A call that began before the last change says nothing about the model any more and is not counted.
 */
export function createBreaker({ clock, onChange }: BreakerOptions): Breaker {
  let state: BreakerState = 'closed';
  let failures = 0;
  let openUntil = 0;
  let generation = 0;

  function become(next: BreakerState): void {
    if (next === state) return;
    state = next;
    generation++;
    onChange(next);
  }

  function open(): void {
    openUntil = clock.nowMs() + openForMs;
    become('open');
  }

  return {
    get state() {
      return state;
    },
    get lets() {
      return state === 'closed' || (state === 'open' && clock.nowMs() >= openUntil);
    },
    get opensInMs() {
      return state === 'closed' ? 0 : Math.max(0, openUntil - clock.nowMs());
    },
    enter() {
      if (state === 'open' && clock.nowMs() >= openUntil) become('probing');
      else if (state !== 'closed') return undefined;
      const mine = generation;
      return {
        succeeded() {
          if (mine !== generation) return;
          failures = 0;
          become('closed');
        },
        failed() {
          if (mine !== generation) return;
          failures++;
          if (state === 'probing' || failures >= failuresToOpen) open();
        },
        abandoned() {
          // A probe that was given up proved nothing: the next call is the probe.
          if (mine === generation && state === 'probing') become('open');
        },
      };
    },
  };
}
