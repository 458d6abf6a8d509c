import type { ResourceName } from '../domain/resources.ts';
import type { Reason } from '../domain/session.ts';
import { compact, count, duration, plural, score, usd } from './format.ts';
import type { Report, ReportStage } from './schema.ts';

const reasonWords: Readonly<Record<Reason, string>> = {
  'target-reached': 'Target reached',
  'depth-reached': 'Depth reached',
  'budget-spent': 'Budget spent',
  stagnated: 'Stagnated',
  deadline: 'Deadline passed',
  cancelled: 'Cancelled',
  failed: 'Failed',
};

export const resourceWords: Readonly<Record<ResourceName, string>> = {
  llmCalls: 'model calls',
  inputTokens: 'input tokens',
  outputTokens: 'output tokens',
  costMicroUsd: 'money',
  embeddings: 'embeddings',
  protoRuns: 'program runs',
  protoCpuMs: 'program CPU time',
};

export const stageWords: Readonly<Record<ReportStage, string>> = {
  exploration: 'Writing ideas',
  critique: 'Judging',
  analysis: 'Choosing experiments',
  synthesis: 'Writing programs',
  embedding: 'Embedding texts',
  sandbox: 'Running programs',
  other: 'Other',
};

/** An amount of a resource in its own unit. */
export function amountOf(resource: ResourceName, value: number): string {
  if (resource === 'costMicroUsd') return usd(value);
  if (resource === 'protoCpuMs') return `${(value / 1000).toFixed(1)} s`;
  return resource === 'inputTokens' || resource === 'outputTokens' ? compact(value) : count(value);
}

/** What state the session is in, in two words. */
export function verdict(session: Pick<Report['session'], 'status' | 'reason'>): string {
  if (session.reason !== undefined) return reasonWords[session.reason];
  return session.status === 'stopping' ? 'Stopping' : 'Still running';
}

/** Why the session ended, in a sentence. */
export function ending({ session, totals, rounds }: Pick<Report, 'session' | 'totals' | 'rounds'>): string {
  const best = `after ${plural(totals.rounds, 'round')}`;
  const { code, reason } = session;
  if (reason === undefined) {
    return session.status === 'stopping' ? 'The session is stopping: what is under way ends.' : 'The session is still running.';
  }
  switch (reason) {
    case 'target-reached':
      return `A stable idea reached the target trust of ${score(session.policy.targetTrust, 1)} ${best}.`;
    case 'depth-reached':
      return rounds.filter(({ cause }) => cause === 'plan').length >= session.policy.rounds
        ? `The planned rounds (${session.policy.rounds}) were played.`
        : `No idea may get deeper than ${session.policy.depth}; the session ended ${best}.`;
    case 'budget-spent':
      return `What was left of the budget${code === undefined ? '' : ` (${resourceWord(code)})`} paid for no further idea and its judgement, ${best}.`;
    case 'stagnated':
      return `New rounds brought nothing better or nothing new, ${best}.`;
    case 'deadline':
      return `The deadline of ${duration(session.policy.deadlineMs)} passed ${best}.`;
    case 'cancelled':
      return `It was cancelled ${best}.`;
    case 'failed':
      return `It failed ${best}${code === undefined ? '' : `: ${code}`}.`;
  }
}

const resourceWord = (code: string): string => (Object.hasOwn(resourceWords, code) ? resourceWords[code as ResourceName] : code);

/** Who wrote and who judged, and what that means for the scores. Plain sentences, the gravest first. */
export function modelNotices({ models, totals }: Pick<Report, 'models' | 'totals'>): string[] {
  const notices: string[] = [];
  if (models.builtin) {
    notices.push(
      'No language model wrote these ideas: they come from "builtin", which combines phrases through a table of inventive moves and grades by ' +
        'measurable features. Take it for a first look, and run the session again with a real model before you rely on anything here.',
    );
  } else if (models.sameWroteAndJudged) {
    notices.push(
      'One model both wrote and judged ideas. Models tend to like their own writing; a second model as judge would be a sterner test.',
    );
  }
  if (totals.unscored > 0) notices.push(`${plural(totals.unscored, 'idea')} could not be scored; the reasons are listed below.`);
  return notices;
}
