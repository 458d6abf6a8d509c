export interface EmbedderModel {
  readonly name: string;
  /** SHA-256 over what decides the vectors: weights, graph, tokenizer, cut. Sessions pin it. */
  readonly digest: string;
  readonly dims: number;
}

export interface Embedding {
  /** One a text, in the order of the texts; length 1 within 1e-5; each owns its memory. */
  readonly vectors: readonly Float32Array[];
  /** Tokens the model read, all texts together, after the cut. */
  readonly tokens: number;
  /** One a text: true where it was cut at the model's `maxTokens`. */
  readonly truncated: readonly boolean[];
}

/**
 * Texts to vectors. The same text gives the same vector in every process within 1e-5 per component, whatever else is in the batch.
 * Texts of concurrent callers share batches; nothing waits on a timer. An empty (or only white) text throws EMBEDDER_INPUT_EMPTY and
 * nothing is embedded. More than 1,024 texts waiting: EMBEDDER_BUSY. Failure of the model: EMBEDDER_FAILED. Abort: EFFECT_ABORTED;
 * the other callers of the batch are not disturbed. Passed deadline: EMBEDDER_BUSY.
 */
export interface Embedder {
  readonly model: EmbedderModel;
  embed(texts: readonly string[], options: { abort: AbortSignal; deadlineMs: number }): Promise<Embedding>;
  /** Answers within 50 ms without using the model. */
  health(): Promise<{ ok: boolean; detail: string }>;
  close(): Promise<void>;
}
