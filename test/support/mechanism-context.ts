import { canonicalJson } from '../../runtime/domain/canonical-json.ts';
import type { ConceptBank } from '../../runtime/domain/concept-bank.ts';
import { hasCode, type ErrorCode } from '../../runtime/domain/errors.ts';
import { assessmentId, ideaId, levelFrameId } from '../../runtime/domain/ids.ts';
import type { ProtoBlock } from '../../runtime/domain/proto-block.ts';
import { createRandom } from '../../runtime/domain/random.ts';
import { completePolicy, defaultLimits, type PolicyRequest } from '../../runtime/domain/session.ts';
import { signalData } from '../../runtime/domain/signal.ts';
import { readBankVectors, storeBank } from '../../runtime/engine/bank-vectors.ts';
import { buildRuleSet } from '../../runtime/engine/build-rule-set.ts';
import { createVisible, scanHere } from '../../runtime/engine/visible.ts';
import { mechanisms } from '../../runtime/mechanisms.ts';
import type { Embedder } from '../../runtime/ports/embedder.ts';
import type { BankDomain, LlmCall, MechanismContext, NoValue, OperationResult } from '../../runtime/ports/mechanism.ts';
import type { SandboxOffer, SandboxRun } from '../../runtime/ports/sandbox.ts';
import type { VisibleRecords } from '../../runtime/ports/store.ts';

type Call = LlmCall<unknown>;

export interface ContextOptions {
  /** mechanism → settings; what is left out takes its default. */
  readonly config?: Readonly<Record<string, object>>;
  readonly policy?: PolicyRequest;
  readonly round?: number;
  readonly workId?: string;
  readonly visible?: Partial<VisibleRecords>;
  readonly bank?: readonly BankDomain[];
  readonly embedder?: Embedder;
  readonly offer?: SandboxOffer;
  readonly lastAttempt?: boolean;
  /** The answer to a call, or why there is none. One that doesn't fit its schema is LLM_ANSWER_INVALID; what it throws is an outage. */
  readonly llm?: (call: Call) => unknown;
  readonly embed?: (name: string, ordinal: number) => NoValue | undefined;
  readonly sandbox?: (block: ProtoBlock) => SandboxRun | NoValue;
}

export interface TestContext {
  readonly context: MechanismContext<never>;
  /** In the order in which they were begun. */
  readonly calls: readonly Call[];
  readonly embeds: readonly { readonly name: string; readonly ordinal: number; readonly texts: readonly string[] }[];
  readonly blocks: readonly ProtoBlock[];
  /** Most calls that were in flight at once. */
  readonly mostAtOnce: () => number;
  readonly inFlight: () => number;
}

export const noValue = (code: ErrorCode): NoValue => ({ ok: false, code, effectIds: [] });
const isNoValue = (value: unknown): value is NoValue => typeof value === 'object' && value !== null && 'ok' in value && value.ok === false;

/** What reaches a mechanism, with scripted answers in place of the Gateway. Records are seen as the engine shows them. */
export function createContext(name: string, options: ContextOptions = {}): TestContext {
  const mechanism = mechanisms.get(name)!;
  const workId = options.workId ?? 'wrk_test';
  const { ruleSet } = buildRuleSet({ terminal: [], rules: [], mechanisms, config: options.config ?? {}, offer: options.offer });
  const calls: Call[] = [];
  const embeds: TestContext['embeds'][number][] = [];
  const blocks: ProtoBlock[] = [];
  let inFlight = 0;
  let mostAtOnce = 0;

  const context: MechanismContext = {
    config: mechanism.config.parse(options.config?.[mechanism.name] ?? {}),
    allConfig: ruleSet.config,
    session: {
      id: 'ses_test',
      objective: 'Find the way.',
      labels: {},
      policy: completePolicy(options.policy ?? {}, { experiments: options.offer !== undefined }),
      limits: defaultLimits,
      pins: { ruleSet: '', bank: '', embedder: '', versions: {} },
      frameId: 'frm_root',
    },
    frame: {
      id: 'frm_own',
      sessionId: 'ses_test',
      kind: 'exploration',
      goals: ['A goal.'],
      llmPolicy: {},
      round: 1,
      depth: 3,
      ordinal: 0,
      openedBy: workId,
      status: 'active',
    },
    round: options.round ?? 1,
    now: '2026-01-01T00:00:00.000Z',
    random: createRandom(workId),
    visible: createVisible({ ideas: [], assessments: [], vectors: [], frames: [], traces: [], ...options.visible }, scanHere),
    bank: options.bank ?? [],
    offer: options.offer,
    abort: new AbortController().signal,
    lastAttempt: options.lastAttempt ?? false,
    ids: {
      idea: (index) => ideaId(workId, index),
      assessment: (index) => assessmentId(workId, index),
      level: (round) => levelFrameId('ses_test', round),
    },
    async llm<T>(call: LlmCall<T>) {
      if (ruleSet.tasks[mechanism.name]?.[call.task ?? call.name] === undefined) throw new Error(`no task text named ${call.name}`);
      calls.push(call);
      inFlight++;
      mostAtOnce = Math.max(mostAtOnce, inFlight);
      try {
        const given = await options.llm?.(call);
        if (isNoValue(given)) return given;
        const parsed = call.answer.safeParse(JSON.parse(canonicalJson(given ?? null)));
        if (!parsed.success) return noValue('LLM_ANSWER_INVALID');
        const effectIds = [`eff_${call.name}_${call.ordinal}`];
        return { ok: true, value: parsed.data, effectIds, model: 'scripted', promptDigest: 'digest' };
      } finally {
        inFlight--;
      }
    },
    async embed(name, ordinal, texts) {
      embeds.push({ name, ordinal, texts });
      const refused = options.embed?.(name, ordinal);
      if (refused) return refused;
      if (!options.embedder) throw new Error('the test has no embedder');
      try {
        const { vectors } = await options.embedder.embed(texts, { abort: context.abort, deadlineMs: 1_000 });
        return { ok: true, vectors };
      } catch (error) {
        if (hasCode(error, 'EMBEDDER_INPUT_EMPTY')) return noValue(error.code);
        throw error;
      }
    },
    async sandbox(_name, _ordinal, block) {
      blocks.push(block);
      const given = options.sandbox?.(block);
      if (!given) throw new Error('the test has no sandbox');
      return isNoValue(given) ? given : { ok: true, run: given };
    },
  };
  return { context: context as MechanismContext<never>, calls, embeds, blocks, mostAtOnce: () => mostAtOnce, inFlight: () => inFlight };
}

/** Runs `mechanism.operation` as the engine does: its input is checked first, what its signals carry afterwards. */
export async function runOperation(name: string, input: unknown, context: MechanismContext<never>): Promise<OperationResult> {
  const [mechanism = '', operation = ''] = name.split('.');
  const found = mechanisms.get(mechanism)!.operations[operation]!;
  const result = await found.run(found.input.parse(input) as never, context);
  for (const { type, data } of result.signals ?? []) {
    if (!found.emits.includes(type)) throw new Error(`${name} must not emit ${type}`);
    signalData[type].parse(data);
  }
  return result;
}

export const materialOf = (call: Pick<Call, 'material'> | undefined, label: string): string | undefined =>
  call?.material.find((piece) => piece.label === label)?.text;

/** The bank with its vectors, as a session sees it. */
export async function placeBank(bank: ConceptBank, embedder: Embedder): Promise<readonly BankDomain[]> {
  const blobs = new Map<string, Uint8Array>();
  const store = {
    getBlob: async (key: string) => blobs.get(key),
    async putBlob(key: string, bytes: Uint8Array) {
      const first = blobs.get(key) ?? bytes;
      blobs.set(key, first);
      return first;
    },
  };
  const digest = await storeBank(store, bank, embedder, { abort: new AbortController().signal });
  return readBankVectors(store, { bank: digest, embedder: embedder.model.digest });
}
