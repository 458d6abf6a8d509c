import { z } from 'zod';
import { axesSchema } from './assessment.ts';
import { blendSchema, directionSchema, ideaMethods } from './idea.ts';
import { levelSummarySchema } from './level.ts';
import { protoBlockSchema, protoFailureCodes } from './proto-block.ts';
import { resourcesSchema } from './resources.ts';
import { reasonSchema, sessionRequestSchema } from './session.ts';
import { actionSchema, featuresSchema } from './trace.ts';

const id = z.string();
const generated = {
  ideaId: id,
  title: z.string(),
  text: z.string(),
  parentIds: z.array(id),
  method: z.enum(ideaMethods),
  round: z.int(),
  index: z.int(),
};

/** The `data` of each signal type. A rule's CEL paths are checked against these. */
export const signalData = {
  'session.requested': sessionRequestSchema,
  'seed.planted': z.strictObject({
    ideaId: id,
    text: z.string(),
    tags: z.array(z.string()),
    action: actionSchema,
    features: featuresSchema,
    variations: z.int().min(1),
    divergence: z.number(),
  }),
  'idea.generated': z.strictObject({ ...generated, direction: directionSchema }),
  'idea.catalyzed': z.strictObject({ ...generated, blend: blendSchema }),
  'idea.assessed': z.strictObject({
    ideaId: id,
    assessmentId: id,
    revision: z.int(),
    method: z.enum(ideaMethods),
    status: z.enum(['scored', 'unscored']),
    axes: axesSchema,
    trust: z.exactOptional(z.number()),
    stable: z.exactOptional(z.boolean()),
    reason: z.exactOptional(z.string()),
  }),
  'level.assessed': levelSummarySchema,
  'stagnation.detected': z.strictObject({
    ideaId: id,
    reasons: z.array(z.enum(['novelty', 'trust', 'nothing-eligible'])),
    intervention: z.int().min(1),
  }),
  'step.requested': z.strictObject({ level: levelSummarySchema, stagnation: z.enum(['none', 'paused', 'exhausted']) }),
  'proto.requested': z.strictObject({ ideaId: id, claim: z.string(), block: protoBlockSchema, attempt: z.int().min(1) }),
  'proto.finished': z.strictObject({
    ideaId: id,
    claim: z.string(),
    blockId: z.string(),
    result: z.json(),
    cpuMs: z.int().min(0),
    image: z.string(),
  }),
  'proto.failed': z.strictObject({
    ideaId: id,
    claim: z.string(),
    block: protoBlockSchema,
    attempt: z.int().min(1),
    code: z.enum(protoFailureCodes),
    detail: z.string().max(2048),
  }),
  'work.dead': z.strictObject({
    workId: id,
    ruleId: z.string(),
    mechanism: z.string(),
    code: z.string(),
    message: z.string(),
    attempts: z.int().min(0),
  }),
  'session.finished': z.strictObject({
    reason: reasonSchema,
    code: z.exactOptional(z.string()),
    best: z.exactOptional(z.strictObject({ ideaId: id, title: z.string(), trust: z.number() })),
    counts: z.strictObject({ ideas: z.int(), scored: z.int(), unscored: z.int(), stable: z.int(), nearDuplicates: z.int() }),
    spent: resourcesSchema,
    rounds: z.int().min(0),
  }),
} as const;

export type SignalType = keyof typeof signalData;
export type SignalData<T extends SignalType = SignalType> = z.infer<(typeof signalData)[T]>;
export const signalTypes = Object.keys(signalData) as SignalType[];
export const isSignalType = (text: string): text is SignalType => Object.hasOwn(signalData, text);

export const dataSchemaUrl = (type: SignalType): string => `https://nireon.dev/schemas/${type}/v1`;

/** An immutable message between mechanisms: a CloudEvents 1.0 envelope, all extensions mandatory. */
export const signalSchema = z.strictObject({
  specversion: z.literal('1.0'),
  id: z.string(),
  /** `/nireon/<instance>/<mechanism>` */
  source: z.string(),
  type: z.enum(signalTypes as [SignalType, ...SignalType[]]),
  /** The idea, frame or session that is spoken of. */
  subject: z.string(),
  time: z.iso.datetime(),
  datacontenttype: z.literal('application/json'),
  dataschema: z.url(),
  sessionid: z.string(),
  frameid: z.string(),
  /** Depth of the ideas spoken of. */
  depth: z.int().min(0),
  /** Comma-separated ids of the signals that caused this one; empty only in round 1's seeds. */
  parentids: z.string(),
  /** Gapless per session from 1, given in the commit. */
  sequence: z.int().min(1),
  traceparent: z.string(),
  data: z.json(),
});
export type Signal<T extends SignalType = SignalType> = Omit<z.infer<typeof signalSchema>, 'type' | 'data'> & {
  readonly type: T;
  readonly data: SignalData<T>;
};
/** As a commit brings it: the store gives the sequence. */
export type NewSignal = Omit<Signal, 'sequence'>;
