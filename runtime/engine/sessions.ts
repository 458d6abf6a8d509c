import { sayIssue } from '../../platform/say-issue.ts';
import { digestOf } from '../domain/canonical-json.ts';
import { NireonError, type Problem } from '../domain/errors.ts';
import type { NewFrame } from '../domain/frame.ts';
import { contentHash, titleFrom } from '../domain/idea.ts';
import { levelFrameId, newSessionId, rootFrameId, seedId, seedSignalId } from '../domain/ids.ts';
import { affordable } from '../domain/planning/affordability.ts';
import { firstFeatures } from '../domain/planning/features.ts';
import { resourceNames, type Resources } from '../domain/resources.ts';
import {
  completePolicy,
  defaultLimits,
  sessionRequestSchema,
  type Pins,
  type Seed,
  type Session,
  type SessionFacts,
} from '../domain/session.ts';
import type { SessionCreation } from '../domain/step-commit.ts';
import { unsoundIn } from '../domain/sound-json.ts';
import type { Entropy } from '../ports/entropy.ts';
import type { ReadyRuleSet } from './known-sessions.ts';
import { envelope, route } from './routing.ts';
import { frameFacts, type KnownSession } from './session-facts.ts';

/** What the instance adds to a request. */
export interface InstanceFacts {
  readonly name: string;
  readonly ceiling: Resources;
  readonly experiments: boolean;
  readonly models: ReadonlySet<string>;
}

/** The checked request, with everything that was left out filled in. */
export interface SessionPlan {
  readonly id: string;
  readonly objective: string;
  readonly seeds: readonly Seed[];
  readonly labels: Readonly<Record<string, string>>;
  readonly policy: Session['policy'];
  readonly limits: Resources;
  readonly ruleSet: string | undefined;
  /** Of the request as it was asked: the same id with another one is a conflict. */
  readonly requestDigest: string;
}

/** Throws REQUEST_INVALID with every problem at once. */
export function planSession(request: unknown, instance: InstanceFacts, entropy: Entropy): SessionPlan {
  const parsed = sessionRequestSchema.safeParse(request, { error: sayIssue });
  if (!parsed.success) {
    throw invalid(parsed.error.issues.map((issue) => ({ path: issue.path.join('.') || '(body)', message: issue.message })));
  }
  const asked = parsed.data;
  const unsound = unsoundIn(asked);
  if (unsound) throw invalid([unsound]);
  const seeds = asked.seeds.map((seed): Seed => (typeof seed === 'string' ? { text: seed, tags: [] } : seed));
  const limits = { ...defaultLimits, ...withoutAbsent(asked.limits ?? {}) };
  const problems: Problem[] = [];
  for (const name of resourceNames) {
    if (limits[name] <= instance.ceiling[name]) continue;
    if (asked.limits?.[name] === undefined) limits[name] = instance.ceiling[name];
    else problems.push({ path: `limits.${name}`, message: `at most ${instance.ceiling[name]} on this instance (limits.session.${name})` });
  }
  const seen = new Map<string, number>();
  for (const [i, seed] of seeds.entries()) {
    const earlier = seen.get(contentHash(seed.text));
    if (earlier !== undefined) problems.push({ path: `seeds.${i}`, message: `says the same as seeds.${earlier}` });
    seen.set(contentHash(seed.text), i);
  }
  const policy = completePolicy(asked.policy ?? {}, instance);
  if (policy.model !== undefined && !instance.models.has(policy.model)) {
    problems.push({
      path: 'policy.model',
      message: `"${policy.model}" is not a model of this instance: ${[...instance.models].join(', ')}`,
    });
  }
  if (problems.length > 0) throw invalid(problems);
  return {
    id: asked.id ?? newSessionId(entropy.bytes(16)),
    objective: asked.objective,
    seeds,
    labels: asked.labels ?? {},
    policy,
    limits,
    ruleSet: asked.ruleSet,
    requestDigest: digestOf({ ...asked, id: '' }),
  };
}

function invalid(problems: readonly Problem[]): NireonError {
  const first = problems[0];
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return new NireonError('REQUEST_INVALID', `${first?.path ?? ''}: ${first?.message ?? ''}${more}`, { problems });
}

const withoutAbsent = <T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };

/** The one commit that begins a session: root frame, seeds, round 1's level, a seed.planted each, and the work they cause. */
export function createSessionCommit(plan: SessionPlan, pins: Pins, ready: ReadyRuleSet, instance: string, judges: number): SessionCreation {
  const { id, objective, policy, limits, labels } = plan;
  const affords = affordable({ seeds: plan.seeds.length, variations: policy.variations, judges, remaining: limits });
  if (affords.variations === 0) {
    throw new NireonError(
      'BUDGET_TOO_SMALL',
      `the limit of ${affords.code ?? 'llmCalls'} does not pay for one idea and its assessment; raise it`,
    );
  }
  const planted = plan.seeds.slice(0, affords.seeds);
  const root: NewFrame = {
    id: rootFrameId(id),
    sessionId: id,
    kind: 'session',
    goals: [objective.slice(0, 500).toWellFormed()],
    llmPolicy: {},
    round: 0,
    depth: 1,
    ordinal: 0,
    openedBy: id,
    limits,
  };
  const level: NewFrame = {
    id: levelFrameId(id, 1),
    sessionId: id,
    parentId: root.id,
    kind: 'level',
    goals: ['Explore from the seeds.'],
    llmPolicy: {},
    round: 1,
    depth: 2,
    ordinal: 0,
    cause: 'plan',
    openedBy: id,
    limits: {},
  };
  const facts: SessionFacts = { id, objective, labels, policy, limits, pins, frameId: root.id };
  const ideas = plan.seeds.map((seed, index) => ({
    id: seedId(id, index),
    sessionId: id,
    frameId: root.id,
    workId: id,
    method: 'seed' as const,
    title: seed.title ?? titleFrom(seed.text),
    text: seed.text,
    contentHash: contentHash(seed.text),
    parentIds: [],
    round: 0,
    depth: 0,
    index,
    tags: seed.tags,
  }));
  const signals = planted.map((seed, index) =>
    envelope({ instance, time: '' }, 'sessions', {
      id: seedSignalId(id, index),
      type: 'seed.planted',
      subject: seedId(id, index),
      sessionId: id,
      frameId: level.id,
      depth: 0,
      parentIds: [],
      data: {
        ideaId: seedId(id, index),
        text: seed.text,
        tags: seed.tags,
        action: 'explore',
        features: firstFeatures(policy),
        variations: affords.variations,
        divergence: policy.divergence,
      },
    }),
  );
  const known: KnownSession = {
    facts,
    seeds: plan.seeds.length,
    ruleSet: ready.ruleSet,
    reactor: ready.reactor,
    frames: new Map([root, level].map((frame) => [frame.id, frameFacts(frame)])),
  };
  const routed = route(known, signals, { instance, round: 1, chain: [], time: '' });
  return {
    session: { id, objective, seeds: [...plan.seeds], labels, policy, limits, pins, frameId: root.id, round: 1 },
    requestDigest: plan.requestDigest,
    frames: [root, level, ...routed.frames],
    ideas,
    signals: [...signals, ...routed.signals].map(({ time: _, ...signal }) => signal),
    work: routed.work,
  };
}
