import { readSafetensors } from '../../../runtime/adapters/models/minilm/safetensors.ts';
import { sentenceGraph } from '../../../runtime/adapters/models/minilm/sentence-graph.ts';

/** A safetensors file; the header's length makes its data begin at an odd place. */
function safetensors(tensors: Record<string, { dtype: string; shape: number[]; bytes: Uint8Array }>): Uint8Array {
  let offset = 0;
  const entries = Object.entries(tensors).map(([name, { dtype, shape, bytes }]) => {
    const data_offsets = [offset, (offset += bytes.length)];
    return [name, { dtype, shape, data_offsets }] as const;
  });
  const text = JSON.stringify({ __metadata__: { format: 'pt' }, ...Object.fromEntries(entries) });
  const header = Buffer.from(text.padEnd(text.length + (text.length % 2 === 0 ? 1 : 0)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, ...Object.values(tensors).map(({ bytes }) => bytes)]);
}

describe('weights', () => {
  it('are read from wherever they stand in the file, those that are not float32 left out', () => {
    const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
    const tensors = readSafetensors(
      safetensors({
        positions: { dtype: 'I64', shape: [1], bytes: new Uint8Array(8) },
        matrix: { dtype: 'F32', shape: [2, 3], bytes: floats(1, 2, 3, 4, 5, 6) },
        bias: { dtype: 'F32', shape: [2], bytes: floats(-1, 0.5) },
      }),
    );
    expect([...tensors.keys()]).toEqual(['matrix', 'bias']);
    expect(tensors.get('matrix')).toEqual({ shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) });
    expect(tensors.get('bias')).toEqual({ shape: [2], values: Float32Array.of(-1, 0.5) });
  });

  it('that lack a tensor make no graph', () => {
    const config = {
      model_type: 'bert',
      hidden_act: 'gelu',
      position_embedding_type: 'absolute',
      num_hidden_layers: 1,
      num_attention_heads: 1,
      layer_norm_eps: 1e-12,
    } as const;
    expect(() => sentenceGraph(new Map(), config)).toThrow(/the weights lack embeddings\.word_embeddings\.weight/);
  });
});
