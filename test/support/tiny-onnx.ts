import { type Constant, type OnnxGraph, onnxFile } from '../../runtime/adapters/models/minilm/onnx-format.ts';

/** A model that takes only the tokens 0 to 9: the mean of their rows in a table, as vectors of 8 numbers. Any other token makes it fail. */
export function tinyOnnx(output = 'sentence_embedding'): Uint8Array {
  const table = { shape: [10, 8], values: Float32Array.from({ length: 80 }, () => Math.SQRT1_2 / 2) };
  const node = (op: string, inputs: string[], output: string, attributes = {}) => ({ op, domain: '', inputs, output, attributes });
  const graph: OnnxGraph = {
    name: 'tiny',
    nodes: [
      node('Gather', ['table', 'input_ids'], 'rows', { axis: 0 }),
      node('Cast', ['attention_mask'], 'mask', { to: 1 }),
      node('Unsqueeze', ['mask', 'two'], 'column'),
      node('Mul', ['rows', 'column'], 'masked'),
      node('ReduceMean', ['masked', 'one'], output, { keepdims: 0 }),
    ],
    constants: new Map<string, Constant>([
      ['table', table],
      ['one', { shape: [1], values: BigInt64Array.of(1n) }],
      ['two', { shape: [1], values: BigInt64Array.of(2n) }],
    ]),
    inputs: ['input_ids', 'attention_mask'].map((name) => ({ name, type: 'int64', shape: ['batch', 'seq'] })),
    outputs: [{ name: output, type: 'float', shape: ['batch', 8] }],
    operators: { '': 20 },
  };
  return Buffer.concat(onnxFile(graph).pieces);
}
