import type { ErrorCode } from '../../domain/errors.ts';
import type { Blend, Direction, Idea } from '../../domain/idea.ts';
import type { IdeaDraft, MechanismContext, OperationResult, SignalDraft, VectorDraft } from '../../ports/mechanism.ts';
import type { PlacedIdea } from './place.ts';

/** How a child came from its parent. */
export type Origin = { readonly method: 'explore'; readonly direction: Direction } | { readonly method: 'blend'; readonly blend: Blend };

export interface Child extends PlacedIdea {
  readonly origin: Origin;
}

/** What became of an attempt to write children of an idea. */
export interface Brood {
  readonly parent: Idea;
  /** In the order of their index. */
  readonly children: readonly Child[];
  /** Of the parent, where it had none. */
  readonly made: readonly VectorDraft[];
  readonly nearDuplicates: number;
  /** Why one is missing, the first reason. */
  readonly code: ErrorCode | undefined;
}

/** Ideas, their vectors and a signal each. */
export function broodResult(
  result: string,
  { parent, children, made, nearDuplicates, code }: Brood,
  { ids, round }: Pick<MechanismContext, 'ids' | 'round'>,
): OperationResult {
  const depth = parent.depth + 1;
  const parentIds = [parent.id];
  return {
    ideas: children.map(({ title, text, origin }): IdeaDraft => ({ title, text, parentIds, depth, tags: [], ...origin })),
    vectors: [...made, ...children.flatMap((child, index) => vectorsOf(child, ids.idea(index)))],
    signals: children.map(({ title, text, origin }, index): SignalDraft => {
      const ideaId = ids.idea(index);
      const told = { ideaId, title, text, parentIds, round, index };
      return origin.method === 'explore'
        ? { type: 'idea.generated', subject: ideaId, depth, data: { ...told, ...origin } }
        : { type: 'idea.catalyzed', subject: ideaId, depth, data: { ...told, ...origin } };
    }),
    outcome: { result, ...(code === undefined ? {} : { code }), ...(nearDuplicates === 0 ? {} : { nearDuplicates }) },
  };
}

const vectorsOf = ({ vector, phrases }: PlacedIdea, ideaId: string): VectorDraft[] => [
  { ideaId, kind: 'text', values: vector },
  ...phrases.map((phrase): VectorDraft => ({ ideaId, kind: 'phrase', phrase: phrase.text, values: phrase.vector })),
];
