import { sayIssue } from '../../platform/say-issue.ts';
import { NireonError } from '../domain/errors.ts';
import { type SessionRequest, sessionRequestSchema } from '../domain/session.ts';
import type { Given } from './command.ts';
import { budgetFrom, durationFrom, labelsFrom, numberFrom } from './values.ts';

/** Path of a request → the flag that says it. */
const flagOf: Readonly<Record<string, string>> = {
  id: '--id',
  objective: '--objective',
  seeds: '--seed',
  labels: '--label',
  limits: '--budget',
  'policy.strategy': '--strategy',
  'policy.depth': '--depth',
  'policy.variations': '--variations',
  'policy.beamWidth': '--beam',
  'policy.rounds': '--rounds',
  'policy.targetTrust': '--target',
  'policy.divergence': '--divergence',
  'policy.deadlineMs': '--deadline',
  'policy.maxParallel': '--parallel',
};

/**
 * The request that the flags make, checked as the engine will check it, problems named by flag (USAGE). Undefined if only --id was given:
 * then a session that exists is meant.
 */
export function requestFrom(given: Given, model: string | undefined): SessionRequest | undefined {
  const objective = given.text('objective');
  const seeds = given.all('seed');
  const id = given.text('id');
  if (objective === undefined && seeds.length === 0 && id !== undefined) return undefined;
  if (objective === undefined) throw new NireonError('USAGE', 'explore needs --objective "what you want to find out or achieve"');
  if (seeds.length === 0) throw new NireonError('USAGE', 'explore needs at least one --seed "an idea to start from"');
  if (given.has('experiments') && given.has('no-experiments')) {
    throw new NireonError('USAGE', '--experiments and --no-experiments exclude each other');
  }
  const tags = [...given.all('tag')];
  const policy = present({
    strategy: given.text('strategy') ?? (given.text('beam') === undefined ? undefined : 'beam'),
    depth: numberFrom('depth', given.text('depth')),
    variations: numberFrom('variations', given.text('variations')),
    beamWidth: numberFrom('beam', given.text('beam')),
    rounds: numberFrom('rounds', given.text('rounds')),
    targetTrust: numberFrom('target', given.text('target')),
    divergence: numberFrom('divergence', given.text('divergence')),
    deadlineMs: durationFrom('deadline', given.text('deadline')),
    maxParallel: numberFrom('parallel', given.text('parallel')),
    experiments: given.has('experiments') ? true : given.has('no-experiments') ? false : undefined,
    model,
  });
  const limits = budgetFrom(given.all('budget'));
  const labels = labelsFrom(given.all('label'));
  const request = present({
    id,
    objective,
    seeds: seeds.map((text) => (tags.length === 0 ? text : { text, tags })),
    policy: Object.keys(policy).length === 0 ? undefined : policy,
    limits: Object.keys(limits).length === 0 ? undefined : limits,
    labels: Object.keys(labels).length === 0 ? undefined : labels,
  });
  const parsed = sessionRequestSchema.safeParse(request, { error: sayIssue });
  if (parsed.success) return request as SessionRequest;
  const problems = parsed.error.issues.map(({ path, message, code }) => {
    const [first = '', second] = path.map(String);
    const name = flagOf[`${first}.${second ?? ''}`] ?? flagOf[first] ?? first;
    const which =
      first === 'limits'
        ? ` ${second === 'costMicroUsd' ? 'usd' : second}`
        : first === 'seeds' && seeds.length > 1
          ? ` number ${Number(second) + 1}`
          : '';
    return { path: `${name}${which}`, message: code === 'invalid_union' ? 'must be a text of 3 to 4000 characters' : message };
  });
  throw new NireonError('USAGE', 'the request does not fit:', { problems });
}

function present<T extends Record<string, unknown>>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}
