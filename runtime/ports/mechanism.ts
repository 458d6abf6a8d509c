import type { z } from 'zod';
import type { Assessment } from '../domain/assessment.ts';
import type { ErrorCode } from '../domain/errors.ts';
import type { Frame } from '../domain/frame.ts';
import type { Idea, Vector } from '../domain/idea.ts';
import type { ProtoBlock } from '../domain/proto-block.ts';
import type { Random } from '../domain/random.ts';
import type { RuleSet } from '../domain/rule-set.ts';
import type { Resources } from '../domain/resources.ts';
import type { SessionFacts } from '../domain/session.ts';
import type { SignalData, SignalType } from '../domain/signal.ts';
import type { Trace } from '../domain/trace.ts';
import type { Outcome } from '../domain/work.ts';
import type { LlmStage, Material } from './llm.ts';
import type { SandboxOffer, SandboxRun } from './sandbox.ts';

/*
 * Drafts: what an operation returns. The engine adds what follows from the work item: ids (by kind and index in the array), session,
 * frame, work id, round, createdAt, source, parentids, traceparent and, for vectors, the embedder's digest.
 */
export type IdeaDraft = Pick<Idea, 'method' | 'title' | 'text' | 'parentIds' | 'depth' | 'tags'> &
  Partial<Pick<Idea, 'direction' | 'blend'>>;
export type AssessmentDraft = Omit<Assessment, 'id' | 'workId' | 'createdAt'>;
export type VectorDraft = Omit<Vector, 'embedder'>;
/** A level, child of the root frame; only for items in the root frame. Its id is `context.ids.level(round)`. */
export type LevelDraft = {
  readonly kind: 'level';
  readonly round: number;
  readonly cause: 'plan' | 'stagnation';
  readonly goals: readonly string[];
};
export type TraceDraft = Omit<Trace, 'id' | 'sessionId' | 'createdAt'>;
export type SignalDraft = {
  [T in SignalType]: {
    readonly type: T;
    /** The idea, frame or session that is spoken of. */
    readonly subject: string;
    readonly depth: number;
    /** The item's own frame unless said: the level that this commit opens. */
    readonly frameId?: string;
    readonly data: SignalData<T>;
  };
}[SignalType];

export interface OperationResult {
  readonly ideas?: readonly IdeaDraft[];
  readonly assessments?: readonly AssessmentDraft[];
  readonly vectors?: readonly VectorDraft[];
  readonly frames?: readonly LevelDraft[];
  readonly signals?: readonly SignalDraft[];
  readonly traces?: readonly TraceDraft[];
  readonly outcome: Outcome;
}

/** Why an effect gave no value. Outages are thrown (and the item retried) except on the last attempt, where they come back as this. */
export interface NoValue {
  readonly ok: false;
  readonly code: ErrorCode;
  readonly effectIds: readonly string[];
}

export interface LlmCall<T> {
  /** vary, judge, …: the task text stands under this name in the mechanism's `tasks`, unless `task` names another. */
  readonly name: string;
  readonly ordinal: number;
  readonly task?: string;
  readonly stage: LlmStage;
  readonly role: string;
  /** The idea that the call is about. */
  readonly subject?: string;
  /** Untrusted text, in order; rendered as labelled JSON strings, never parsed. */
  readonly material: readonly Material[];
  readonly answer: z.ZodType<T>;
  readonly temperature: number;
  readonly maxOutputTokens: number;
}
export type LlmValue<T> = {
  readonly ok: true;
  readonly value: T;
  readonly effectIds: readonly string[];
  readonly model: string;
  /** SHA-256 over task text and answer schema. */
  readonly promptDigest: string;
};

/** What an item may see: records of rounds below its own, and those of its own causal chain. A frozen view. */
export interface Visible {
  /** By round, exploration, index: seeds first. */
  readonly ideas: readonly Idea[];
  idea(id: string): Idea | undefined;
  hasContent(contentHash: string): boolean;
  /** Newest visible. */
  assessment(ideaId: string): Assessment | undefined;
  assessments(ideaId: string): readonly Assessment[];
  /** The idea's text vector. */
  vector(ideaId: string): Float32Array | undefined;
  /** Phrase vectors of visible ideas, newest round first, at most `limit`. */
  phrases(limit: number): readonly (Vector & { readonly phrase: string })[];
  /** With what its finished effects cost. */
  readonly frames: readonly (Frame & { readonly counted: Resources })[];
  readonly traces: readonly Trace[];
  /** The `count` nearest visible ideas by cosine of text vectors, exact, ties in the order of `ideas`; scanned off the event loop when large. */
  nearest(
    vector: Float32Array,
    count: number,
    except?: readonly string[],
  ): Promise<readonly { readonly idea: Idea; readonly cosine: number }[]>;
}

export interface BankDomain {
  readonly name: string;
  readonly concepts: readonly { readonly text: string; readonly vector: Float32Array }[];
  /** Mean of the concepts' vectors, normalised. */
  readonly centroid: Float32Array;
}

/** All that reaches a mechanism: no clock, no network, no store. */
export interface MechanismContext<Config = unknown> {
  readonly config: Config;
  /** The settings of every mechanism, as pinned: planning needs some of its neighbours'. */
  readonly allConfig: RuleSet['config'];
  readonly session: SessionFacts;
  readonly frame: Frame;
  readonly round: number;
  /** ISO time at which the item was inserted. */
  readonly now: string;
  readonly random: Random;
  readonly visible: Visible;
  readonly bank: readonly BankDomain[];
  /** What the sandbox of this instance can run; absent where there is none. Pinned facts only: stands in prompts. */
  readonly offer: SandboxOffer | undefined;
  readonly abort: AbortSignal;
  /** Four failures lie behind: outages come back as NoValue, and what is returned now is final. */
  readonly lastAttempt: boolean;
  /** Ids of the records that this item makes. */
  readonly ids: { idea(index: number): string; assessment(index: number): string; level(round: number): string };
  /** Reservations are made in the order of the calls of this function; the calls then run at once. */
  llm<T>(call: LlmCall<T>): Promise<LlmValue<T> | NoValue>;
  embed(
    name: string,
    ordinal: number,
    texts: readonly string[],
  ): Promise<{ readonly ok: true; readonly vectors: readonly Float32Array[] } | NoValue>;
  sandbox(name: string, ordinal: number, block: ProtoBlock): Promise<{ readonly ok: true; readonly run: SandboxRun } | NoValue>;
}

export interface Operation<Input = never, Config = never> {
  readonly input: z.ZodType<Input>;
  readonly emits: readonly SignalType[];
  /** Pure but for the effects of its context: the same input, visible records and effect results give the same result. */
  run(input: Input, context: MechanismContext<Config>): Promise<OperationResult>;
  /** What a dead item leaves behind. Pure. */
  onDead?(input: Input, config: Config): { readonly assessments: readonly AssessmentDraft[] };
}

/** An operation found by its name: what it takes is known to its own `input` alone, which must have parsed what `run` is given. */
export type AnyOperation<Config = never> = Omit<Operation<never, Config>, 'input'> & { readonly input: z.ZodType };

export interface Mechanism<Config = never> {
  readonly name: string;
  /** Raised when the same input may give another result. */
  readonly version: number;
  readonly defaultRole: 'generator' | 'evaluator';
  /** Every key with default, range and description. */
  readonly config: z.ZodType<Config>;
  /** Trusted texts, by name of the call; pinned with the rule set. */
  readonly tasks: Readonly<Record<string, string>>;
  readonly operations: Readonly<Record<string, AnyOperation<Config>>>;
}
