import { noResources } from '../../runtime/domain/resources.ts';
import { completePolicy } from '../../runtime/domain/session.ts';
import { dataSchemaUrl, type NewSignal, type SignalData, type SignalType } from '../../runtime/domain/signal.ts';
import type { MatchScope } from '../../runtime/engine/rules/reactor.ts';

const block = {
  id: 'b1',
  dialect: 'python',
  code: 'def main(): return 1',
  entryPoint: 'main',
  inputs: { n: 3 },
  requirements: [],
  limits: { cpuSeconds: 10, memoryMiB: 256, wallSeconds: 20, outputKiB: 64 },
  expects: { type: 'number' },
} as const;
const idea = { ideaId: 'idea1', title: 'A title', text: 'A text', parentIds: ['idea0'], round: 1, index: 0 };
const level = {
  frameId: 'frm1',
  round: 2,
  depth: 2,
  cause: 'plan',
  ideas: 2,
  scored: 1,
  unscored: 1,
  stable: 1,
  nearDuplicates: 0,
  bestIdeaId: 'idea1',
  bestTrust: 7.5,
  entries: [
    { ideaId: 'idea1', depth: 2, trust: 7.5, novel: 6, stable: true },
    { ideaId: 'idea2', depth: 2 },
  ],
  explorations: [],
  history: [{ round: 1, cause: 'plan', scored: 2 }],
  limits: noResources,
  remaining: noResources,
} as const;

/** Data of each type of signal that its schema accepts. */
export const sampleData: { readonly [T in SignalType]: SignalData<T> } = {
  'session.requested': { objective: 'Keep bread fresh', seeds: ['a paper bag'] },
  'seed.planted': {
    ideaId: 'idea1',
    text: 'A text',
    tags: ['packaging'],
    action: 'explore',
    features: [1, 0.5, 0.5, 0, 1, 0],
    variations: 3,
    divergence: 0.7,
  },
  'idea.generated': {
    ...idea,
    method: 'explore',
    direction: { toward: ['clay', 'tide'], away: ['plastic'], strength: 0.7, distance: 0.2, alignment: 0.4 },
  },
  'idea.catalyzed': { ...idea, method: 'blend', blend: { domain: 'beekeeping', share: 0.3, shift: 0.1 } },
  'idea.assessed': {
    ideaId: 'idea1',
    assessmentId: 'asm1',
    revision: 1,
    method: 'explore',
    status: 'scored',
    axes: { align: 8, feas: 7, novel: 6.5 },
    trust: 7.75,
    stable: true,
  },
  'level.assessed': level as unknown as SignalData<'level.assessed'>,
  'stagnation.detected': { ideaId: 'idea1', reasons: ['novelty'], intervention: 1 },
  'step.requested': { level: level as unknown as SignalData<'level.assessed'>, stagnation: 'none' },
  'proto.requested': { ideaId: 'idea1', claim: 'one is one', block: block as never, attempt: 1 },
  'proto.finished': {
    ideaId: 'idea1',
    claim: 'one is one',
    blockId: 'b1',
    result: { value: 1, list: [1, 2.5] },
    cpuMs: 12,
    image: 'sha256:1',
  },
  'proto.failed': {
    ideaId: 'idea1',
    claim: 'one is one',
    block: block as never,
    attempt: 1,
    code: 'PROTO_PROGRAM_ERROR',
    detail: 'NameError',
  },
  'work.dead': { workId: 'wrk1', ruleId: 'plan-step', mechanism: 'planner', code: 'INTERNAL', message: 'no', attempts: 5 },
  'session.finished': {
    reason: 'depth-reached',
    counts: { ideas: 2, scored: 1, unscored: 1, stable: 1, nearDuplicates: 0 },
    spent: noResources,
    rounds: 2,
  },
};

export function signalOf<T extends SignalType>(type: T, data: Partial<SignalData<T>> = {}, envelope: Partial<NewSignal> = {}): NewSignal {
  return {
    specversion: '1.0',
    id: 'sig1',
    source: '/nireon/test/explorer',
    type,
    subject: 'idea1',
    time: '2025-01-01T00:00:00.000Z',
    datacontenttype: 'application/json',
    dataschema: dataSchemaUrl(type),
    sessionid: 'ses_1',
    frameid: 'frm2',
    depth: 1,
    parentids: 'sig0',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    data: { ...sampleData[type], ...data },
    ...envelope,
  };
}

export function scopeOf(policy: Partial<MatchScope['session']['policy']> = {}, frame: Partial<MatchScope['frame']> = {}): MatchScope {
  return {
    session: {
      id: 'ses_1',
      objective: 'Keep bread fresh',
      labels: { team: 'red', constructor: 'a plain key' },
      policy: { ...completePolicy({}, { experiments: true }), ...policy },
    },
    frame: { kind: 'exploration', round: 1, depth: 3, goals: ['Vary the idea'], ...frame },
  };
}
