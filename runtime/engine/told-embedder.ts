import type { Clock } from '../ports/clock.ts';
import type { Embedder } from '../ports/embedder.ts';
import type { Observe } from '../ports/observer.ts';

/** The embedder, which tells of every request that it answered. */
export function tellEmbedder(embedder: Embedder, { clock, observe }: { clock: Clock; observe: Observe }): Embedder {
  return {
    ...embedder,
    model: embedder.model,
    async embed(texts, options) {
      const began = clock.nowMs();
      const embedding = await embedder.embed(texts, options);
      observe({
        type: 'embedding-finished',
        model: embedder.model.name,
        texts: texts.length,
        tokens: embedding.tokens,
        durationMs: clock.nowMs() - began,
      });
      return embedding;
    },
  };
}
