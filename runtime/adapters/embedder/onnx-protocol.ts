import type { ErrorCode } from '../../domain/errors.ts';
import type { EmbedderModel } from '../../ports/embedder.ts';

/** What the model's thread is started with. */
export interface OnnxOptions {
  /** An ONNX model from `input_ids` and `attention_mask` to `sentence_embedding`; NAME.tokenizer.json stands beside NAME.onnx. */
  readonly file: string;
  readonly dims: number;
  /** A longer text is cut here. */
  readonly maxTokens: number;
  /** Largest batch, padding included. */
  readonly batchTokens: number;
  /** Threads that compute one batch. */
  readonly threads: number;
}

export type ThreadRequest =
  | { readonly type: 'embed'; readonly id: number; readonly texts: readonly string[] }
  | { readonly type: 'drop'; readonly id: number }
  | { readonly type: 'close' };

export type ThreadReply =
  | {
      readonly type: 'embedded';
      readonly id: number;
      /** The vectors end to end. */
      readonly values: Float32Array;
      readonly tokens: number;
      readonly truncated: readonly boolean[];
    }
  | { readonly type: 'failed'; readonly id: number; readonly message: string };

/** The first message of the thread says whether the model works. */
export type ThreadOpened =
  | { readonly type: 'ready'; readonly model: EmbedderModel }
  | { readonly type: 'unusable'; readonly code: ErrorCode; readonly message: string };
