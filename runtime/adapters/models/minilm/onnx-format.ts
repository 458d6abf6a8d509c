/**
 * The part of ONNX's file format that a graph of float and integer tensors needs: messages of protocol buffers, written out by
 * hand (field numbers from onnx.proto, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). The same input gives the same bytes.
 */
import type { WeightTensor } from './safetensors.ts';

/** Pieces of a message in order, so that weights are never copied into it. */
export interface Message {
  readonly pieces: readonly Uint8Array[];
  readonly length: number;
}

export type Attribute = number | { readonly float: number } | readonly number[];

export interface OnnxNode {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export type Constant = WeightTensor | { readonly shape: readonly number[]; readonly values: BigInt64Array };

export interface OnnxValue {
  readonly name: string;
  readonly type: 'float' | 'int64';
  /** A name is a length that each run chooses. */
  readonly shape: readonly (number | string)[];
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly constants: ReadonlyMap<string, Constant>;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Version of each operator set by its domain. */
  readonly operators: Readonly<Record<string, number>>;
}

const types = { float: 1, int64: 7 } as const;
const attributeTypes = { float: 1, int: 2, ints: 7 } as const;
const irVersion = 9;

const message = (...parts: readonly Message[]): Message => ({
  pieces: parts.flatMap(({ pieces }) => pieces),
  length: parts.reduce((sum, { length }) => sum + length, 0),
});

const raw = (bytes: Uint8Array): Message => ({ pieces: [bytes], length: bytes.byteLength });

/** Seven bits a byte, the lowest first; negative numbers as 64 bits. */
function varint(value: number | bigint): Message {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return raw(Uint8Array.from([...bytes, Number(rest)]));
}

const int = (field: number, value: number | bigint): Message => message(varint(field << 3), varint(value));
const bytes = (field: number, value: Message): Message => message(varint((field << 3) | 2), varint(value.length), value);
const text = (field: number, value: string): Message => bytes(field, raw(Buffer.from(value)));

function float(field: number, value: number): Message {
  const little = new Uint8Array(4);
  new DataView(little.buffer).setFloat32(0, value, true);
  return message(varint((field << 3) | 5), raw(little));
}

function attribute(name: string, value: Attribute): Message {
  if (typeof value === 'number') return message(text(1, name), int(3, value), int(20, attributeTypes.int));
  if ('float' in value) return message(text(1, name), float(2, value.float), int(20, attributeTypes.float));
  return message(text(1, name), ...value.map((each) => int(8, each)), int(20, attributeTypes.ints));
}

const node = ({ op, domain, inputs, output, attributes }: OnnxNode): Message =>
  message(
    ...inputs.map((name) => text(1, name)),
    text(2, output),
    text(3, `/${output}`),
    text(4, op),
    ...Object.entries(attributes).map(([name, value]) => bytes(5, attribute(name, value))),
    ...(domain === '' ? [] : [text(7, domain)]),
  );

const constant = (name: string, { shape, values }: Constant): Message =>
  message(
    ...shape.map((length) => int(1, length)),
    int(2, values instanceof BigInt64Array ? types.int64 : types.float),
    text(8, name),
    bytes(9, raw(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))),
  );

const value = ({ name, type, shape }: OnnxValue): Message =>
  message(
    text(1, name),
    bytes(
      2,
      bytes(
        1,
        message(
          int(1, types[type]),
          bytes(2, message(...shape.map((length) => bytes(1, typeof length === 'string' ? text(2, length) : int(1, length))))),
        ),
      ),
    ),
  );

/** The file of a graph, in pieces to be written one after the other. Needs a little-endian machine, as onnxruntime does. */
export const onnxFile = (graph: OnnxGraph): Message =>
  message(
    int(1, irVersion),
    text(2, 'nireon'),
    bytes(
      7,
      message(
        ...graph.nodes.map((each) => bytes(1, node(each))),
        text(2, graph.name),
        ...[...graph.constants].map(([name, each]) => bytes(5, constant(name, each))),
        ...graph.inputs.map((each) => bytes(11, value(each))),
        ...graph.outputs.map((each) => bytes(12, value(each))),
      ),
    ),
    ...Object.entries(graph.operators).map(([domain, version]) => bytes(8, message(text(1, domain), int(2, version)))),
  );
