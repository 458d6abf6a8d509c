import type { Problem } from '../domain/errors.ts';
import type { Engine } from '../engine/engine.ts';
import type { ReplayResult } from '../engine/replay.ts';
import type { RuleProblem } from '../engine/rules/check.ts';

/** What the API asks of the engine. */
export type ApiEngine = Pick<Engine, 'createSession' | 'cancelSession' | 'putRules' | 'follow' | 'store'>;

/** Runs every item of a session again with its journal as the only outside. SESSION_UNKNOWN, REPLAY_PRUNED. */
export type Replay = (sessionId: string) => Promise<ReplayResult>;

/** A finding in a rule set as a problem of the request that brought it. */
export const ruleProblem = ({ file, line, rule, code, message }: RuleProblem): Problem => ({
  path: `${file}:${line}`,
  message: rule === undefined ? message : `${rule}: ${message}`,
  code,
});
