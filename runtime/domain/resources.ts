import { z } from 'zod';

/** What an effect can cost. All integers >= 0; money in millionths of a US dollar, CPU in milliseconds. */
export const resourceNames = ['llmCalls', 'inputTokens', 'outputTokens', 'costMicroUsd', 'embeddings', 'protoRuns', 'protoCpuMs'] as const;
export type ResourceName = (typeof resourceNames)[number];
export type Resources = Readonly<Record<ResourceName, number>>;
export type PartialResources = Readonly<Partial<Record<ResourceName, number | undefined>>>;

const amount = z.int().min(0);
export const resourcesSchema = z.strictObject({
  llmCalls: amount,
  inputTokens: amount,
  outputTokens: amount,
  costMicroUsd: amount,
  embeddings: amount,
  protoRuns: amount,
  protoCpuMs: amount,
}) satisfies z.ZodType<Resources>;

export const noResources: Resources = Object.freeze({
  llmCalls: 0,
  inputTokens: 0,
  outputTokens: 0,
  costMicroUsd: 0,
  embeddings: 0,
  protoRuns: 0,
  protoCpuMs: 0,
});

function combine(a: PartialResources, b: PartialResources, pick: (x: number, y: number) => number): Resources {
  return {
    llmCalls: pick(a.llmCalls ?? 0, b.llmCalls ?? 0),
    inputTokens: pick(a.inputTokens ?? 0, b.inputTokens ?? 0),
    outputTokens: pick(a.outputTokens ?? 0, b.outputTokens ?? 0),
    costMicroUsd: pick(a.costMicroUsd ?? 0, b.costMicroUsd ?? 0),
    embeddings: pick(a.embeddings ?? 0, b.embeddings ?? 0),
    protoRuns: pick(a.protoRuns ?? 0, b.protoRuns ?? 0),
    protoCpuMs: pick(a.protoCpuMs ?? 0, b.protoCpuMs ?? 0),
  };
}

export const add = (a: PartialResources, b: PartialResources): Resources => combine(a, b, (x, y) => x + y);
export const subtract = (a: PartialResources, b: PartialResources): Resources => combine(a, b, (x, y) => x - y);
/** What `a` has beyond `b`, never negative. */
export const excess = (a: PartialResources, b: PartialResources): Resources => combine(a, b, (x, y) => Math.max(0, x - y));
export const fill = (a: PartialResources): Resources => combine(a, noResources, (x) => x);
export const isZero = (a: PartialResources): boolean => resourceNames.every((name) => (a[name] ?? 0) === 0);
