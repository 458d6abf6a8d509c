import type { ConceptBank } from '../../runtime/domain/concept-bank.ts';
import type { Embedder } from '../../runtime/ports/embedder.ts';

export const fixtureDims = 2048;

/**
 * The embedder of the acceptance fixture: a text is where its meaning is said to be. All concepts of a domain are one axis; an idea or seed
 * text (recognised by `isIdea`) is sqrt(c) on one common axis, 0.2 on the axis of a domain whose concepts it names, the rest on an axis of
 * its own; any other text is an axis of its own. So two ideas that name no common domain have cosine c.
 */
export function createFixtureEmbedder(options: { bank: ConceptBank; cosine: number; isIdea: (text: string) => boolean }): Embedder {
  const { bank, cosine, isIdea } = options;
  const domainOf = new Map(bank.domains.flatMap(({ concepts }, d) => concepts.map((concept) => [concept, d] as const)));
  const common = bank.domains.length;
  const own = new Map<string, number>();
  const ownAxis = (text: string): number => {
    const axis = own.get(text) ?? common + 1 + own.size;
    if (axis >= fixtureDims) throw new Error('the fixture has run out of axes');
    own.set(text, axis);
    return axis;
  };

  function vectorOf(text: string): Float32Array {
    const vector = new Float32Array(fixtureDims);
    const concept = domainOf.get(text);
    if (concept !== undefined) vector[concept] = 1;
    else if (!isIdea(text)) vector[ownAxis(text)] = 1;
    else {
      const named = [...domainOf].find(([word]) => text.includes(word));
      vector[common] = Math.sqrt(cosine);
      if (named) vector[named[1]] = 0.2;
      vector[ownAxis(text)] = Math.sqrt(1 - cosine - (named ? 0.04 : 0));
    }
    return vector;
  }

  return {
    model: { name: 'fixture', digest: 'f'.repeat(64), dims: fixtureDims },
    embed: async (texts) => ({ vectors: texts.map(vectorOf), tokens: texts.length, truncated: texts.map(() => false) }),
    health: async () => ({ ok: true, detail: 'fixture' }),
    close: async () => undefined,
  };
}
