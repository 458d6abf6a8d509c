import type { EngineEvent } from '../domain/engine-event.ts';

/** The core tells, others listen: must not throw and must not block. */
export type Observe = (event: EngineEvent) => void;
