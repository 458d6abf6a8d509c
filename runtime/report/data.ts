import type { JournalEntry } from '../domain/effect.ts';
import { type ErrorCode, errorCodes } from '../domain/errors.ts';
import type { Frame } from '../domain/frame.ts';
import type { Session } from '../domain/session.ts';
import type { Signal } from '../domain/signal.ts';
import type { WorkItem } from '../domain/work.ts';
import { ideaTree } from '../engine/idea-tree.ts';
import { readAll } from '../engine/read-all.ts';
import { accounts, knownSession } from '../engine/session-view.ts';
import type { RankedIdea, Store } from '../ports/store.ts';
import { experimentsOf, ofType } from './experiments.ts';
import { roundsOf } from './rounds.ts';
import type { Report, ReportIdea } from './schema.ts';
import { modelOf, spendingByModel, spendingByStage, stageOf } from './spending.ts';

/** All that a report of the session says, as committed now. SESSION_UNKNOWN. */
export async function readReport(store: Store, sessionId: string): Promise<Report> {
  const session = await knownSession(store, sessionId);
  const frames = await store.frames(sessionId);
  const levels = frames.filter((frame) => frame.kind === 'level').map((frame) => frame.id);
  const [ranking, ideas, signals, journal, work, budgets] = await Promise.all([
    readAll((page) => store.listIdeas(sessionId, { sort: 'trust', seeds: false }, page)),
    readAll((page) => store.listIdeas(sessionId, { sort: 'created', seeds: true }, page)),
    readSignals(store, sessionId),
    readAll((page) => store.listJournal({ sessionId }, page)),
    readAll((page) => store.listWork(sessionId, page)),
    store.budgets(sessionId, [session.frameId, ...levels]),
  ]);
  const summaries = signals.filter(ofType('level.assessed')).map(({ data }) => data);
  const explored = frames.flatMap((frame) => (frame.kind === 'exploration' && frame.subject !== undefined ? [frame.subject] : []));
  const rounds = roundsOf({ frames, budgets, summaries, ideas });
  return {
    version: 'nireon.report/v1',
    session: sessionFacts(session, ideas),
    totals: { ...session.tally, rounds: rounds.length, depth: ideas.reduce((deepest, { idea }) => Math.max(deepest, idea.depth), 0) },
    models: modelsOf(journal, ideas),
    spending: {
      accounts: accounts(
        session,
        budgets.find((budget) => budget.frameId === session.frameId),
      ),
      byStage: spendingByStage(journal),
      byModel: spendingByModel(journal),
    },
    rounds,
    ideas: rankedIdeas(ranking, ideas),
    tree: ideaTree(ideas, new Set(explored)),
    experiments: experimentsOf(signals, ideas),
    nearDuplicates: nearDuplicatesOf(work, frames, ideas),
    dead: signals
      .filter(ofType('work.dead'))
      .map(({ data: { mechanism, code, message, attempts } }) => ({ mechanism, code, message, attempts })),
  };
}

async function readSignals(store: Store, sessionId: string): Promise<Signal[]> {
  const signals: Signal[] = [];
  for (let after = 0; ; after = signals.at(-1)!.sequence) {
    const page = await store.signals(sessionId, after, 500);
    if (page.length === 0) return signals;
    signals.push(...page);
  }
}

function sessionFacts(session: Session, ideas: readonly RankedIdea[]): Report['session'] {
  const { id, objective, status, reason, code, createdAt, finishedAt, labels, policy } = session;
  return {
    ...{ id, objective, status, createdAt, labels, policy, ruleSet: session.pins.ruleSet },
    ...(reason === undefined ? {} : { reason }),
    ...(code === undefined ? {} : { code }),
    ...(finishedAt === undefined ? {} : { finishedAt, durationMs: Math.max(0, Date.parse(finishedAt) - Date.parse(createdAt)) }),
    seeds: ideas.flatMap(({ idea }) =>
      idea.method === 'seed' ? [{ id: idea.id, title: idea.title, text: idea.text, tags: idea.tags }] : [],
    ),
  };
}

const isBuiltin = (model: string): boolean => /^builtin\b/.test(model);

function modelsOf(journal: readonly JournalEntry[], ideas: readonly RankedIdea[]): Report['models'] {
  const wrote = new Set<string>();
  for (const entry of journal) {
    const model = modelOf(entry);
    if (entry.state === 'done' && model !== undefined && stageOf(entry) === 'exploration') wrote.add(model);
  }
  const judged = new Set(ideas.flatMap(({ assessment }) => assessment?.judges.map((judge) => judge.model) ?? []));
  return {
    wrote: [...wrote].sort(),
    judged: [...judged].sort(),
    sameWroteAndJudged: [...wrote].some((model) => judged.has(model)),
    builtin: [...wrote, ...judged].some(isBuiltin),
  };
}

function rankedIdeas(ranking: readonly RankedIdea[], all: readonly RankedIdea[]): ReportIdea[] {
  const byId = new Map(all.map(({ idea }) => [idea.id, idea]));
  const lineage = (id: string | undefined): { id: string; title: string }[] => {
    const parent = id === undefined ? undefined : byId.get(id);
    return parent === undefined ? [] : [...lineage(parent.parentIds[0]), { id: parent.id, title: parent.title }];
  };
  let rank = 0;
  return ranking.map(({ idea, assessment }) => {
    const reason = assessment?.reason;
    return {
      ...(assessment?.trust === undefined ? {} : { rank: ++rank }),
      ...{ id: idea.id, title: idea.title, text: idea.text, method: idea.method, round: idea.round, depth: idea.depth, tags: idea.tags },
      ...(idea.direction === undefined ? {} : { direction: idea.direction }),
      ...(idea.blend === undefined ? {} : { blend: idea.blend }),
      lineage: lineage(idea.parentIds[0]),
      status: assessment?.status ?? 'waiting',
      ...(reason === undefined ? {} : { reason, explanation: sentenceFor(reason) }),
      ...(assessment === undefined ? {} : { revision: assessment.revision }),
      ...(assessment?.trust === undefined ? {} : { trust: assessment.trust }),
      ...(assessment?.stable === undefined ? {} : { stable: assessment.stable }),
      axes: assessment?.axes ?? {},
      rejection: assessment?.rejection ?? [],
      critiques: assessment?.critiques ?? [],
      ...(assessment?.spread === undefined ? {} : { spread: assessment.spread }),
      ...(assessment?.evidence === undefined ? {} : { evidence: assessment.evidence }),
      judges: [...new Set(assessment?.judges.map((judge) => judge.model) ?? [])],
    };
  });
}

const sentenceFor = (code: string): string => (Object.hasOwn(errorCodes, code) ? errorCodes[code as ErrorCode].says : code);

function nearDuplicatesOf(work: readonly WorkItem[], frames: readonly Frame[], ideas: readonly RankedIdea[]): Report['nearDuplicates'] {
  const titles = new Map(ideas.map(({ idea }) => [idea.id, idea.title]));
  const byFrame = new Map(frames.map((frame) => [frame.id, frame]));
  return work.flatMap((item) => {
    const count = item.outcome?.nearDuplicates ?? 0;
    if (count === 0) return [];
    const id = byFrame.get(item.frameId)?.subject ?? item.frameId;
    return [{ idea: { id, title: titles.get(id) ?? id }, round: item.round, count }];
  });
}
