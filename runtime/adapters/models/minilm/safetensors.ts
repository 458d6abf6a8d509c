import { z } from 'zod';

export interface WeightTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

const headerSchema = z.record(
  z.string(),
  z.object({ dtype: z.string(), shape: z.array(z.int().min(0)), data_offsets: z.tuple([z.int().min(0), z.int().min(0)]) }),
);

/**
 * The tensors of a safetensors file by name: eight bytes that say how long the JSON header is, the header, the data
 * (https://github.com/huggingface/safetensors#format). Only float32 is read; tensors of other types are left out.
 */
export function readSafetensors(file: Uint8Array): ReadonlyMap<string, WeightTensor> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const start = 8 + Number(view.getBigUint64(0, true));
  const { __metadata__: _, ...entries } = JSON.parse(Buffer.from(file.subarray(8, start)).toString('utf8')) as Record<string, unknown>;
  const tensors = new Map<string, WeightTensor>();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(headerSchema.parse(entries))) {
    if (dtype !== 'F32') continue;
    // Copied, since the file need not hold it at a multiple of four bytes.
    const { buffer } = new Uint8Array(file.subarray(start + data_offsets[0], start + data_offsets[1]));
    tensors.set(name, { shape, values: new Float32Array(buffer) });
  }
  return tensors;
}
