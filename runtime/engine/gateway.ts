import { z } from 'zod';
import type { EventPlace } from '../domain/engine-event.ts';
import type { ErrorCode } from '../domain/errors.ts';
import { errorCodes, NireonError } from '../domain/errors.ts';
import type { LlmPolicy } from '../domain/frame.ts';
import { noResources } from '../domain/resources.ts';
import { unsoundIn } from '../domain/sound-json.ts';
import { vectorFromBase64, vectorToBase64 } from '../domain/vector.ts';
import type { Embedder } from '../ports/embedder.ts';
import type { JsonSchema, LlmCallParts, LlmRequest, Material } from '../ports/llm.ts';
import type { LlmCall, MechanismContext, NoValue } from '../ports/mechanism.ts';
import type { Sandbox, SandboxRun } from '../ports/sandbox.ts';
import { parseAnswer } from './answer.ts';
import type { Effects, Ended } from './effects.ts';
import type { LlmRouter } from './llm-router/llm-router.ts';
import { promptDigest, renderMessages } from './prompt.ts';
import type { FrameFacts, KnownSession } from './session-facts.ts';

/** What the Gateway reaches. In replay none of it is called. */
export interface Outside {
  readonly router: LlmRouter;
  readonly embedder: Embedder;
  readonly sandbox: Sandbox;
  readonly embedTimeoutMs: number;
}

export interface GatewayOf {
  readonly effects: Effects;
  readonly outside: Outside;
  readonly known: KnownSession;
  /** The item's frame and those above it. */
  readonly chain: readonly FrameFacts[];
  readonly workId: string;
  readonly place: EventPlace;
  readonly tasks: Readonly<Record<string, string>>;
  readonly lastAttempt: boolean;
  readonly abort: AbortSignal;
}

interface LlmResult {
  readonly outcome: 'answered' | 'truncated' | 'refused';
  readonly text: string;
}

/** The effects of one work item as its operation calls them: prompts with objective and goals, answers parsed, repairs made. */
export function createGateway(of: GatewayOf): Pick<MechanismContext, 'llm' | 'embed' | 'sandbox'> {
  const { effects, outside, known, chain, abort } = of;
  const { objective, policy, id: sessionId, pins } = known.facts;
  const goals = chain.toReversed().flatMap((frame) => frame.goals);
  const framePolicy: LlmPolicy = Object.assign({}, ...chain.toReversed().map((frame) => frame.llmPolicy)) as LlmPolicy;

  /** Outages end the attempt, so that the item is tried again; on the last attempt they are an answer like any other. */
  function noValue(ended: Ended & { ok: false }, effectIds: readonly string[]): NoValue {
    if (ended.retryable && !of.lastAttempt) {
      throw new NireonError(ended.code, undefined, ended.retryAfterMs === undefined ? {} : { retryAfterMs: ended.retryAfterMs });
    }
    return { ok: false, code: ended.code, effectIds };
  }

  async function callModel(call: LlmCall<unknown>, name: string, material: readonly Material[], schema: JsonSchema): Promise<Ended> {
    const task = of.tasks[call.task ?? call.name];
    if (task === undefined) throw new NireonError('INTERNAL', `no task text named ${call.task ?? call.name} is pinned`);
    const { stage, role, ordinal, subject, temperature, maxOutputTokens } = call;
    const asked = { name, ordinal, stage, role, ...(subject === undefined ? {} : { subject }), objective, goals, task, material };
    const route = outside.router.resolve({ stage, role, temperature, maxOutputTokens }, framePolicy, policy.model);
    const request = (effectId: string): LlmRequest => {
      const parts: LlmCallParts = { ...asked, effectId };
      return { messages: renderMessages(parts, schema), schema, maxOutputTokens, ...route.settings, parts };
    };
    return effects.perform({
      name,
      ordinal,
      kind: 'llm',
      request: { ...asked, schema, temperature, maxOutputTokens, framePolicy },
      reserve: outside.router.worstCase(route.models[0] ?? '', request('')),
      call: async (charge, effectId) => {
        const { answer, modelKey, usage, calls } = await outside.router.complete(request(effectId), {
          models: route.models,
          sessionId,
          place: { ...of.place, effectId },
          abort,
          onMaybeBilled: async ({ need }) => ((await charge.again(need)) ? 'reserved' : 'refused'),
          onFallback: async ({ need }) => ((await charge.raise(need)) ? 'reserved' : 'refused'),
        });
        const result: LlmResult = { outcome: answer.outcome, text: answer.text };
        return { result, usage, model: modelKey, calls };
      },
    });
  }

  return {
    async llm<T>(call: LlmCall<T>) {
      const schema = jsonSchemaOf(call.answer);
      const first = await callModel(call, call.name, call.material, schema);
      if (!first.ok) return noValue(first, [first.id]);
      const answer = first.result as LlmResult;
      const found = { promptDigest: promptDigest(of.tasks[call.task ?? call.name] ?? '', schema), model: first.model ?? '' };
      if (answer.outcome === 'refused') return { ok: false, code: 'LLM_REFUSED', effectIds: [first.id] };
      const parsed = parseAnswer(answer.text, call.answer);
      if (parsed.ok) return { ok: true, value: parsed.value, effectIds: [first.id], ...found };

      const problems =
        answer.outcome === 'truncated'
          ? ['the answer was cut off at the output limit: answer shorter', ...parsed.problems]
          : parsed.problems;
      const material = [
        ...call.material,
        { label: 'problems', text: problems.join('\n') },
        { label: 'bad answer', text: answer.text.slice(0, 8_000).toWellFormed() },
      ];
      const second = await callModel({ ...call, task: call.task ?? call.name }, `${call.name}-repair`, material, schema);
      const effectIds = [first.id, second.id];
      if (!second.ok) return noValue(second, effectIds);
      const repaired = second.result as LlmResult;
      if (repaired.outcome === 'refused') return { ok: false, code: 'LLM_REFUSED', effectIds };
      const again = repaired.outcome === 'answered' ? parseAnswer(repaired.text, call.answer) : undefined;
      if (!again?.ok) return { ok: false, code: 'LLM_ANSWER_INVALID', effectIds };
      return { ok: true, value: again.value, effectIds, ...found, model: second.model ?? '' };
    },

    async embed(name, ordinal, texts) {
      const ended = await effects.perform({
        name,
        ordinal,
        kind: 'embed',
        request: { texts },
        reserve: { embeddings: texts.length },
        call: async () => {
          const { model } = outside.embedder;
          if (model.digest !== pins.embedder)
            throw new NireonError('EMBEDDER_CHANGED', `this process embeds with ${model.name}, the session with another model`);
          const { vectors } = await outside.embedder.embed(texts, { abort, deadlineMs: outside.embedTimeoutMs });
          const usage = { ...noResources, embeddings: texts.length };
          return { result: vectors.map(vectorToBase64), usage, model: model.name, calls: [] };
        },
      });
      return ended.ok ? { ok: true, vectors: (ended.result as string[]).map(vectorFromBase64) } : noValue(ended, [ended.id]);
    },

    async sandbox(name, ordinal, block) {
      const ended = await effects.perform({
        name,
        ordinal,
        kind: 'sandbox',
        request: { block },
        reserve: { protoRuns: 1, protoCpuMs: block.limits.cpuSeconds * 1000 },
        call: async () => {
          const run = sound(await outside.sandbox.run(block, { abort, workId: of.workId }));
          return { result: run, usage: { ...noResources, protoRuns: 1, protoCpuMs: Math.ceil(run.cpuMs) }, calls: [] };
        },
      });
      return ended.ok ? { ok: true, run: ended.result as SandboxRun } : noValue(ended, [ended.id]);
    },
  };
}

/** A result that cannot be kept is the program's fault. */
function sound({ result, ...run }: SandboxRun): SandboxRun {
  const unsound = unsoundIn(result);
  if (!unsound) return { ...run, ...(result === undefined ? {} : { result }) };
  return { ...run, outcome: 'program-error', stderr: `the result ${unsound.message}, at ${unsound.path.slice(0, 200).toWellFormed()}` };
}

const schemas = new WeakMap<z.ZodType, JsonSchema>();

function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  let found = schemas.get(schema);
  if (!found) {
    found = z.toJSONSchema(schema);
    schemas.set(schema, found);
  }
  return found;
}

/** Whether an item that failed with this code is tried again without counting a failure: the other side was only busy. */
export const isBusy = (code: ErrorCode): boolean => code.endsWith('_BUSY');
export const mayRetry = (code: ErrorCode): boolean => errorCodes[code].retryable;
