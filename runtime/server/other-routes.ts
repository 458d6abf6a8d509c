import { z } from 'zod';
import { NireonError } from '../domain/errors.ts';
import { ruleSetSchema } from '../domain/rule-set.ts';
import { workItemSchema } from '../domain/work.ts';
import { readRuleSet } from '../engine/read-rule-set.ts';
import { placedSignalSchema, readSignal } from '../engine/read-signal.ts';
import { type ApiEngine, ruleProblem, type Replay } from './api-engine.ts';
import { type Route, route } from './route.ts';
import { mapped, pageOf, pageQuery, pageRequest } from './session-routes.ts';

const manifestText = z.string().max(1_000_000);
/** Manifests in the order given: each a text, or a text with the name that problems call it by. */
export const rulesRequestSchema = z.strictObject({
  manifests: z
    .array(z.union([manifestText, z.strictObject({ name: z.string().min(1).max(200), text: manifestText })]))
    .min(1)
    .max(64),
});

export const replayResultSchema = z.strictObject({
  sessionId: z.string(),
  steps: z.int(),
  identical: z.int(),
  outsideCalls: z.int(),
  differences: z.array(z.strictObject({ workId: z.string(), field: z.string(), recorded: z.string(), replayed: z.string() })),
  otherVersions: z.array(z.strictObject({ workId: z.string(), mechanism: z.string(), madeBy: z.int() })),
});

const deadSchema = z.strictObject({ item: workItemSchema, retryable: z.boolean() });

/** Rule sets, signals, dead work and replay. */
export function otherRoutes(engine: ApiEngine, replay: Replay): Route[] {
  const { store } = engine;
  return [
    route({
      method: 'POST',
      path: '/v1/rules',
      name: 'putRules',
      says: 'Checks rule manifests and stores them as one rule set, which a session can then name.',
      query: z.strictObject({ dryRun: z.enum(['true', 'false']).default('false').describe('Only check') }),
      body: rulesRequestSchema,
      answers: {
        201: { says: 'Stored', schema: z.strictObject({ digest: z.string() }) },
        200: { says: 'Checked only', schema: z.strictObject({ digest: z.string() }) },
      },
      errors: ['REQUEST_INVALID', 'RULES_INVALID', 'REQUEST_TOO_LARGE'],
      async handle({ query, body: { manifests } }) {
        const files = manifests.map((entry, i) => (typeof entry === 'string' ? { name: `manifest-${i + 1}`, text: entry } : entry));
        const dryRun = query.dryRun === 'true';
        const result = await engine.putRules(files, { dryRun });
        if ('problems' in result) {
          const { length } = result.problems;
          throw new NireonError('RULES_INVALID', `${length === 1 ? 'one problem' : `${length} problems`} in the rules`, {
            problems: result.problems.map(ruleProblem),
          });
        }
        return { status: dryRun ? 200 : 201, json: { digest: result.digest } };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/rules/{digest}',
      name: 'getRules',
      says: 'A stored rule set: rules, configuration of the mechanisms, task texts.',
      answers: { 200: { says: 'The rule set', schema: ruleSetSchema } },
      errors: ['RULE_SET_UNKNOWN'],
      handle: async ({ params }) => ({ status: 200, json: await readRuleSet(store, params['digest']!) }),
    }),
    route({
      method: 'GET',
      path: '/v1/signals/{signalId}',
      name: 'getSignal',
      says: 'One signal, and the frame that it belongs to.',
      answers: { 200: { says: 'The signal', schema: placedSignalSchema } },
      errors: ['SIGNAL_UNKNOWN'],
      handle: async ({ params }) => ({ status: 200, json: await readSignal(store, params['signalId']!) }),
    }),
    route({
      method: 'POST',
      path: '/v1/sessions/{id}/replay',
      name: 'replaySession',
      says: 'Runs every step again with the journal as the only outside, and compares.',
      answers: { 200: { says: 'What came of it', schema: replayResultSchema } },
      errors: ['SESSION_UNKNOWN', 'REPLAY_PRUNED'],
      handle: async ({ params }) => ({ status: 200, json: await replay(params['id']!) }),
    }),
    route({
      method: 'GET',
      path: '/v1/dead',
      name: 'listDead',
      says: 'Work that was given up, newest first.',
      query: z.strictObject({ session: z.exactOptional(z.string().max(100)).describe('Only this session’s'), ...pageQuery }),
      answers: { 200: { says: 'A page', schema: pageOf(deadSchema) } },
      errors: ['REQUEST_INVALID', 'CURSOR_INVALID'],
      async handle({ query }) {
        const page = await store.listDead(query.session === undefined ? {} : { sessionId: query.session }, pageRequest(query));
        return { status: 200, json: mapped(page, [...page.items]) };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/dead/{workId}/retry',
      name: 'retryDead',
      says: 'Makes dead work ready again, while its level is open.',
      answers: { 204: { says: 'It is ready' } },
      errors: ['WORK_UNKNOWN', 'LEVEL_CLOSED'],
      async handle({ params }) {
        await store.retryDead(params['workId']!);
        return { nothing: true };
      },
    }),
    route({
      method: 'DELETE',
      path: '/v1/dead/{workId}',
      name: 'dropDead',
      says: 'Hides dead work from the list; it stays in the history.',
      answers: { 204: { says: 'It is hidden' } },
      errors: ['WORK_UNKNOWN'],
      async handle({ params }) {
        await store.dropDead(params['workId']!);
        return { nothing: true };
      },
    }),
  ];
}
