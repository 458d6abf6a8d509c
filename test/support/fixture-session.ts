import type { Assessment } from '../../runtime/domain/assessment.ts';
import { round4 } from '../../runtime/domain/assessment.ts';
import { sha256 } from '../../runtime/domain/canonical-json.ts';
import type { JournalEntry } from '../../runtime/domain/effect.ts';
import type { Budget, Frame } from '../../runtime/domain/frame.ts';
import { contentHash, type Idea, titleFrom } from '../../runtime/domain/idea.ts';
import { ideaId, levelFrameId, rootFrameId, ruleFrameId, seedId, signalId } from '../../runtime/domain/ids.ts';
import type { LevelSummary } from '../../runtime/domain/level.ts';
import { add, noResources, type PartialResources, type Resources, subtract } from '../../runtime/domain/resources.ts';
import { completePolicy, defaultLimits, type PolicyRequest, type Session } from '../../runtime/domain/session.ts';
import { dataSchemaUrl, type Signal, type SignalData, type SignalType } from '../../runtime/domain/signal.ts';
import type { WorkItem } from '../../runtime/domain/work.ts';
import { hostileTexts, objective, plainIdeas, weaknesses } from './fixture-texts.ts';
import type { History } from './recorded-store.ts';

export interface FixtureOptions {
  readonly id?: string;
  readonly rounds?: number;
  readonly variations?: number;
  readonly hostile?: boolean;
  /** Name of the model that writes; `builtin` for none. */
  readonly writer?: string;
  readonly judge?: string;
  readonly running?: boolean;
  readonly experiments?: boolean;
  /** Every so many ideas one cannot be scored. */
  readonly unscoredEvery?: number;
  readonly policy?: PolicyRequest;
}

const start = Date.parse('2026-03-02T09:05:07.000Z');

/**
 * A session as the engine would leave it: every round grows from the best idea of the round before, the fourth round was opened by
 * stagnation with a blend. The records fit their schemas and each other; ids and times are made up.
 */
export function fixtureSession(options: FixtureOptions = {}): History {
  const { id = 'ses_fixture', rounds = 5, variations = 3, hostile = false, writer = 'mini', judge = writer, running = false } = options;
  const text = (i: number): string => hostileTexts[i % hostileTexts.length]!;
  let clock = start;
  const time = (): string => new Date((clock += 731)).toISOString();
  const noise = (...parts: (string | number)[]): number => parseInt(sha256(parts.join('/')).slice(0, 8), 16) / 2 ** 32;
  const free = writer === 'builtin';
  const policy = completePolicy({ depth: rounds, variations, rounds, ...options.policy }, { experiments: options.experiments ?? false });
  const rootId = rootFrameId(id);
  const ideas: Idea[] = [];
  const assessments: Assessment[] = [];
  const frames: Frame[] = [];
  const budgets: Budget[] = [];
  const signals: Signal[] = [];
  const journal: JournalEntry[] = [];
  const work: WorkItem[] = [];
  const spentIn = new Map<string, Resources>();

  const frame = (kind: Frame['kind'], frameId: string, round: number, rest: Partial<Frame> = {}): void => {
    frames.push({
      ...{
        id: frameId,
        sessionId: id,
        kind,
        goals: ['vary the idea'],
        llmPolicy: {},
        round,
        depth: kind === 'session' ? 1 : 2,
        ordinal: 0,
      },
      ...{ openedBy: id, status: running && round === rounds ? 'active' : 'finished' },
      ...rest,
    });
  };
  const emit = <T extends SignalType>(type: T, subject: string, data: SignalData<T>): Signal => {
    const signal = {
      ...{ specversion: '1.0', id: signalId(`${id}-${type}`, signals.length), source: '/nireon/test/fixture', type, subject, time: time() },
      ...{ datacontenttype: 'application/json', dataschema: dataSchemaUrl(type), sessionid: id, frameid: rootId, depth: 0, parentids: '' },
      ...{ sequence: signals.length + 1, traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`, data },
    } as Signal;
    signals.push(signal);
    return signal;
  };
  const item = (mechanism: string, operation: string, frameId: string, round: number, nearDuplicates = 0): WorkItem => {
    const made: WorkItem = {
      ...{
        id: `wrk_${work.length}`,
        sessionId: id,
        signalId: signals.at(-1)?.id ?? 'sig_0',
        ruleId: `to-${mechanism}`,
        mechanism,
        operation,
      },
      ...{ input: {}, frameId, round, priority: 50, chain: [], state: 'done', createdAt: time(), readyAt: time(), attempt: 1 },
      ...{
        failures: 0,
        crashes: 0,
        retries: 0,
        history: [],
        version: 1,
        outcome: { result: 'done', ...(nearDuplicates > 0 ? { nearDuplicates } : {}) },
      },
    };
    work.push(made);
    return made;
  };
  const effect = (
    by: WorkItem,
    name: string,
    ordinal: number,
    model: string,
    usage: PartialResources,
    state: JournalEntry['state'] = 'done',
  ) => {
    const full = add(usage, noResources);
    journal.push({
      ...{ effectId: `eff_${journal.length}`, attempt: 1, sessionId: id, workId: by.id, frameId: by.frameId, name, ordinal },
      ...{ kind: name.startsWith('embed') ? 'embed' : name === 'run' ? 'sandbox' : 'llm', requestDigest: sha256(name), state },
      ...{ reserved: noResources, usage: full, overrun: noResources, startedAt: time(), finishedAt: time() },
      ...(state === 'refused' ? { calls: [] } : { model, calls: [{ model, outcome: 'success' as const, durationMs: 812 }] }),
    });
    const level = levelFrameId(id, by.round);
    for (const where of [rootId, level]) spentIn.set(where, add(spentIn.get(where) ?? noResources, full));
  };

  frame('session', rootId, 0, { goals: [objective] });
  const seedText = hostile ? text(1) : 'Weigh what comes back on the trays and show it to everybody.';
  const seed: Idea = {
    ...{ id: seedId(id, 0), sessionId: id, frameId: rootId, workId: id, method: 'seed', title: titleFrom(seedText), text: seedText },
    ...{
      contentHash: contentHash(seedText),
      parentIds: [],
      round: 0,
      depth: 0,
      index: 0,
      tags: hostile ? [text(0)] : ['canteen'],
      createdAt: time(),
    },
  };
  ideas.push(seed);

  const history: LevelSummary['history'] = [];
  let base: Idea = seed;
  let number = 0;
  for (let round = 1; round <= rounds; round++) {
    const levelId = levelFrameId(id, round);
    const cause = round === 4 ? 'stagnation' : 'plan';
    frame('level', levelId, round, { cause, parentId: rootId, depth: 2 });
    const planted = emit('seed.planted', base.id, {
      ...{ ideaId: base.id, text: base.text, tags: [], action: 'explore', features: [1, 0.5, 0.5, 0, 1, 0], variations, divergence: 0.7 },
    });
    const explorationId = ruleFrameId(planted.id);
    frame('exploration', explorationId, round, { parentId: levelId, depth: 3, subject: base.id });
    const explorer = item('explorer', 'explore', explorationId, round, round === 3 ? 2 : 0);
    const level: { idea: Idea; assessment: Assessment }[] = [];
    for (let index = 0; index < (cause === 'stagnation' ? 1 : variations); index++, number++) {
      const [title, body] = plainIdeas[number % plainIdeas.length]!;
      const lap = Math.floor(number / plainIdeas.length);
      const idea: Idea = {
        ...{ id: ideaId(explorer.id, index), sessionId: id, frameId: explorationId, workId: explorer.id },
        method: cause === 'stagnation' ? 'blend' : 'explore',
        title: hostile ? titleFrom(text(number)) : lap === 0 ? title : `${title}, variant ${lap + 1}`,
        text: hostile ? `${text(number + 3)} ${number}`.slice(0, 4000) : body,
        contentHash: contentHash(`${number}`),
        ...{ parentIds: [base.id], round, depth: base.depth + 1, index, tags: [], createdAt: time() },
        ...(cause === 'stagnation'
          ? { blend: { domain: hostile ? text(0) : 'immunology', share: 0.31, shift: 0.12 } }
          : {
              direction: {
                ...{ toward: hostile ? [text(2)] : ['auction', 'queue', 'memory'], away: ['ritual', 'paperwork'] },
                ...{ strength: 0.7, distance: round4(0.2 + 0.2 * noise(id, number)), alignment: round4(noise('a', number)) },
              },
            }),
      };
      ideas.push(idea);
      effect(explorer, cause === 'stagnation' ? 'blend' : 'vary', index, writer, {
        ...{ llmCalls: 1, inputTokens: 611, outputTokens: 148, costMicroUsd: free ? 0 : 181 },
      });
      const assessor = item('sentinel', 'assess', explorationId, round);
      const refused = options.unscoredEvery !== undefined && number % options.unscoredEvery === options.unscoredEvery - 1;
      effect(assessor, 'judge', 0, judge, refused ? {} : { llmCalls: 1, inputTokens: 902, outputTokens: 210, costMicroUsd: free ? 0 : 262 }, refused ? 'refused' : 'done'); // prettier-ignore
      const grade = (name: string): number => Math.min(4, Math.floor(1.2 + 0.3 * round + 2.4 * noise(name, id, number)));
      const grades = {
        objective: grade('o'),
        constraints: grade('c'),
        effect: grade('e'),
        means: grade('m'),
        effort: grade('f'),
        risk: grade('r'),
      };
      const align = round4(1 + (9 * (grades.objective + grades.constraints + grades.effect)) / 12);
      const feas = round4(1 + (9 * (grades.means + grades.effort + grades.risk)) / 12);
      const novel = round4(4 + 4.5 * noise('n', id, number) - 0.2 * round);
      const trust = round4(0.4 * align + 0.3 * feas + 0.3 * novel);
      const stable = trust >= 5 && Math.min(align, feas, novel) >= 2.5;
      const basis = {
        ...{
          ideaId: idea.id,
          basis: 'judges' as const,
          weights: { align: 0.4, feas: 0.3, novel: 0.3 },
          thresholds: { trust: 5, minAxis: 2.5 },
        },
        ...{ workId: assessor.id, createdAt: time() },
      };
      const assessment: Assessment = refused
        ? {
            ...{ ...basis, id: `asm_${number}`, revision: 1, status: 'unscored', reason: 'BUDGET_EXHAUSTED', axes: { novel } },
            ...{ rejection: [], critiques: [], judges: [] },
          }
        : {
            ...{ ...basis, id: `asm_${number}`, revision: 1, status: 'scored', axes: { align, feas, novel }, trust, stable },
            rejection: stable ? [] : ['trust'],
            critiques: [
              {
                weaknesses: hostile
                  ? [text(number).slice(0, 200), text(number + 5).slice(0, 200)]
                  : [weaknesses[number % 5]!, weaknesses[(number + 2) % 5]!],
                grades,
                rationale: hostile
                  ? text(number + 6).slice(0, 600)
                  : 'It serves the objective directly and names the moment at which waste is decided. Cost is low, but the idea leaves open who keeps the list up to date once the term has begun.',
              },
            ],
            judges: [{ model: judge, rubric: 'anchors-v1', promptDigest: sha256('judge'), effectIds: [`eff_${journal.length - 1}`] }],
          };
      assessments.push(assessment);
      level.push({ idea, assessment });
      emit('idea.assessed', idea.id, {
        ...{
          ideaId: idea.id,
          assessmentId: assessment.id,
          revision: 1,
          method: idea.method,
          status: assessment.status,
          axes: assessment.axes,
        },
        ...(assessment.trust === undefined ? { reason: 'BUDGET_EXHAUSTED' } : { trust: assessment.trust, stable: assessment.stable! }),
      });
    }
    effect(explorer, 'embed', 0, 'all-MiniLM-L6-v2', { embeddings: variations * 7 });
    const scored = level.filter(({ assessment }) => assessment.trust !== undefined);
    const best = scored.toSorted((a, b) => b.assessment.trust! - a.assessment.trust!)[0];
    const meanNovel = level.reduce((sum, { assessment }) => sum + assessment.axes.novel!, 0) / level.length;
    history.push({ round, cause, ...(best === undefined ? {} : { bestTrust: best.assessment.trust! }), meanNovel, scored: scored.length });
    if (!(running && round === rounds)) {
      emit('level.assessed', levelId, {
        ...{ frameId: levelId, round, depth: base.depth + 1, cause, ideas: level.length, scored: scored.length },
        unscored: level.length - scored.length,
        stable: scored.filter(({ assessment }) => assessment.stable).length,
        nearDuplicates: round === 3 ? 2 : 0,
        ...(best === undefined ? {} : { bestIdeaId: best.idea.id, bestTrust: best.assessment.trust! }),
        ...{ meanNovel, entries: [], explorations: [], history: [...history], limits: defaultLimits },
        remaining: subtract(defaultLimits, spentIn.get(rootId)!),
      });
    }
    base = best?.idea ?? base;
  }

  if (options.experiments === true) addExperiments();
  if (!running) {
    emit('session.finished', id, { reason: 'depth-reached', counts: tally(), spent: spentIn.get(rootId)!, rounds });
  }
  for (const { id: frameId, kind } of frames) {
    if (kind === 'session' || kind === 'level') {
      const spent = spentIn.get(frameId) ?? noResources;
      budgets.push({
        frameId,
        limits: kind === 'session' ? defaultLimits : {},
        reserved: noResources,
        lost: noResources,
        spent,
        counted: spent,
      });
    }
  }
  return { session: session(), ideas, assessments, frames, budgets, signals, journal, work };

  function tally(): Session['tally'] {
    return {
      ideas: ideas.length - 1,
      scored: assessments.filter(({ status }) => status === 'scored').length,
      unscored: assessments.filter(({ status }) => status === 'unscored').length,
      stable: assessments.filter(({ stable }) => stable).length,
      nearDuplicates: rounds >= 3 ? 2 : 0,
    };
  }

  function session(): Session {
    return {
      ...{ id, objective: hostile ? `${text(2)} ${text(5)} ${objective}` : objective, seeds: [{ text: seed.text, tags: seed.tags }] },
      labels: { team: 'canteen' },
      ...{ policy, limits: defaultLimits, frameId: rootId },
      pins: { ruleSet: sha256('rules'), bank: sha256('bank'), embedder: sha256('embedder'), versions: { explorer: 1, sentinel: 1 } },
      ...{ status: running ? 'running' : 'finished', round: rounds, openWork: running ? 2 : 0, sequence: signals.length, tally: tally() },
      ...{ createdAt: new Date(start).toISOString(), deadlineAt: new Date(start + policy.deadlineMs).toISOString() },
      ...(running ? {} : { reason: 'depth-reached' as const, finishedAt: time() }),
    };
  }

  function addExperiments(): void {
    const about = ideas.at(-1)!;
    const claim = hostile
      ? text(1)
      : 'With a second helping, mean plate waste falls by at least 30 % for any demand spread seen in the data.';
    const block = {
      ...{
        dialect: 'python' as const,
        code: hostile ? text(0) : 'def run(spread):\n    return {"reduction": 0.34, "spread": spread}\n',
        entryPoint: 'run',
      },
      ...{
        inputs: { spread: 0.4 },
        requirements: [],
        limits: { cpuSeconds: 10, memoryMiB: 256, wallSeconds: 20, outputKiB: 64 },
        expects: {},
      },
    };
    const [first, second] = [
      { ...block, id: 'blk_1' },
      { ...block, id: 'blk_2' },
    ];
    emit('proto.requested', about.id, { ideaId: about.id, claim, block: first, attempt: 1 });
    emit('proto.failed', about.id, {
      ...{ ideaId: about.id, claim, block: first, attempt: 1, code: 'PROTO_PROGRAM_ERROR' },
      detail: hostile ? text(5) : 'NameError: name "spread" is not defined',
    });
    emit('proto.requested', about.id, { ideaId: about.id, claim, block: second, attempt: 2 });
    emit('proto.finished', about.id, {
      ...{ ideaId: about.id, claim, blockId: 'blk_2', cpuMs: 412, image: 'sha256:abc' },
      result: hostile ? { [text(0)]: text(5) } : { reduction: 0.34, spread: 0.4 },
    });
    const before = assessments.find((assessment) => assessment.ideaId === about.id)!;
    assessments.push({ ...before, id: 'asm_again', revision: 2, evidence: 'supports' });
    emit('work.dead', 'wrk_x', {
      ...{ workId: 'wrk_x', ruleId: 'blend-promising', mechanism: 'catalyst', code: 'MECHANISM_FAILED', attempts: 5 },
      message: hostile ? text(1) : 'the catalyst found no domain that was far enough',
    });
  }
}
