import { randomBytes } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Big enough to run through every part of llama.cpp that a real model uses, small enough to make in a blink. */
const shape = { layers: 2, width: 64, heads: 4, keyHeads: 2, headWidth: 16, inner: 128, merges: 256, context: 8192 };

const prose =
  'the quiet street at night has a lamp that learns when people pass and a bench that tells the time of the next bus while the ' +
  'garden between the houses stores the rain of the week and gives it back to the trees in the dry months so that nobody has to ' +
  'carry water and the children who play there can see how much is left by the height of a float that somebody painted red';

const control = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];
const chatTemplate =
  "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

/** GPT-2's way to write every byte as a visible character. */
function byteAlphabet(): string[] {
  const visible = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(visible(byte) ? byte : next++));
}

/** Byte-pair merges learned from the prose: the most frequent neighbours become one token, again and again. */
function learnMerges(count: number): { merges: string[]; tokens: string[] } {
  const alphabet = byteAlphabet();
  const words = prose.split(' ').map((word) => [...Buffer.from(` ${word}`)].map((byte) => alphabet[byte] ?? ''));
  const [merges, tokens]: [string[], string[]] = [[], []];
  for (let n = 0; n < count; n++) {
    const pairs = new Map<string, number>();
    for (const word of words)
      for (let i = 1; i < word.length; i++) pairs.set(`${word[i - 1]} ${word[i]}`, (pairs.get(`${word[i - 1]} ${word[i]}`) ?? 0) + 1);
    const best = [...pairs].reduce<[string, number]>((a, b) => (b[1] > a[1] ? b : a), ['', 0])[0];
    if (best === '') break;
    const [left = '', right = ''] = best.split(' ');
    merges.push(best);
    if (!tokens.includes(left + right)) tokens.push(left + right);
    for (const word of words) {
      for (let i = 0; i + 1 < word.length; i++) if (word[i] === left && word[i + 1] === right) word.splice(i, 2, left + right);
    }
  }
  return { merges, tokens };
}

/** Little-endian bytes of the parts that GGUF is made of (github.com/ggml-org/ggml, docs/gguf.md). */
const u32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer);
const u64 = (value: number) => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
const f32 = (value: number) => Buffer.from(Float32Array.of(value).buffer);
const text = (value: string) => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
const pad = (length: number, to = 32) => Buffer.alloc((to - (length % to)) % to);

type Value =
  { u32: number } | { f32: number } | { text: string } | { flag: boolean } | { texts: readonly string[] } | { ints: readonly number[] };

function encode(value: Value): Buffer {
  if ('u32' in value) return Buffer.concat([u32(4), u32(value.u32)]);
  if ('f32' in value) return Buffer.concat([u32(6), f32(value.f32)]);
  if ('flag' in value) return Buffer.concat([u32(7), Buffer.of(value.flag ? 1 : 0)]);
  if ('text' in value) return Buffer.concat([u32(8), text(value.text)]);
  if ('texts' in value) return Buffer.concat([u32(9), u32(8), u64(value.texts.length), ...value.texts.map(text)]);
  return Buffer.concat([u32(9), u32(5), u64(value.ints.length), ...value.ints.map((n) => Buffer.from(Int32Array.of(n).buffer))]);
}

/** Pseudo-random weights of about the given deviation; the same for the same seed. */
function createWeights(seed: number): (count: number, deviation: number) => Float32Array {
  let state = seed >>> 0 || 1;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  return (count, deviation) => Float32Array.from({ length: count }, () => (uniform() + uniform() + uniform() - 1.5) * 2 * deviation);
}

/** A llama-shaped model with random weights: it loads, samples and obeys grammars, and its text means nothing. */
export function tinyGguf(seed = 1): Buffer {
  const { layers, width, heads, keyHeads, headWidth, inner } = shape;
  const { merges, tokens } = learnMerges(shape.merges);
  // Bytes of printable ASCII and the line break only: random choices among the others would be no text at all.
  const characters = byteAlphabet().filter((_, byte) => byte === 10 || (byte >= 32 && byte < 127));
  const vocabulary = [...control, ...characters, ...tokens];
  const weights = createWeights(seed);
  const tensors: { name: string; dims: number[]; data: Float32Array }[] = [];
  const matrix = (name: string, columns: number, rows: number) =>
    tensors.push({ name, dims: [columns, rows], data: weights(columns * rows, 0.2) });
  const ones = (name: string) => tensors.push({ name, dims: [width], data: new Float32Array(width).fill(1) });
  matrix('token_embd.weight', width, vocabulary.length);
  ones('output_norm.weight');
  for (let i = 0; i < layers; i++) {
    const block = `blk.${i}.`;
    ones(`${block}attn_norm.weight`);
    ones(`${block}ffn_norm.weight`);
    matrix(`${block}attn_q.weight`, width, heads * headWidth);
    matrix(`${block}attn_k.weight`, width, keyHeads * headWidth);
    matrix(`${block}attn_v.weight`, width, keyHeads * headWidth);
    matrix(`${block}attn_output.weight`, heads * headWidth, width);
    matrix(`${block}ffn_gate.weight`, width, inner);
    matrix(`${block}ffn_up.weight`, width, inner);
    matrix(`${block}ffn_down.weight`, inner, width);
  }
  const metadata: Record<string, Value> = {
    'general.architecture': { text: 'llama' },
    'general.name': { text: 'tiny stand-in (random weights, not a model)' },
    'general.alignment': { u32: 32 },
    'llama.block_count': { u32: layers },
    'llama.context_length': { u32: shape.context },
    'llama.embedding_length': { u32: width },
    'llama.feed_forward_length': { u32: inner },
    'llama.attention.head_count': { u32: heads },
    'llama.attention.head_count_kv': { u32: keyHeads },
    'llama.attention.key_length': { u32: headWidth },
    'llama.attention.value_length': { u32: headWidth },
    'llama.attention.layer_norm_rms_epsilon': { f32: 1e-5 },
    'llama.rope.freq_base': { f32: 10_000 },
    'llama.rope.dimension_count': { u32: headWidth },
    'llama.vocab_size': { u32: vocabulary.length },
    'tokenizer.ggml.model': { text: 'gpt2' },
    'tokenizer.ggml.pre': { text: 'gpt-2' },
    'tokenizer.ggml.tokens': { texts: vocabulary },
    'tokenizer.ggml.token_type': { ints: vocabulary.map((_, i) => (i < control.length ? 3 : 1)) },
    'tokenizer.ggml.merges': { texts: merges },
    'tokenizer.ggml.bos_token_id': { u32: 0 },
    'tokenizer.ggml.eos_token_id': { u32: 2 },
    'tokenizer.ggml.add_bos_token': { flag: false },
    'tokenizer.chat_template': { text: chatTemplate },
  };
  let offset = 0;
  const infos: Buffer[] = [];
  const data: Buffer[] = [];
  for (const tensor of tensors) {
    const bytes = Buffer.from(tensor.data.buffer);
    infos.push(text(tensor.name), u32(tensor.dims.length), ...tensor.dims.map(u64), u32(0), u64(offset));
    data.push(bytes, pad(bytes.length));
    offset += bytes.length + pad(bytes.length).length;
  }
  const entries = Object.entries(metadata).flatMap(([key, value]) => [text(key), encode(value)]);
  const head = Buffer.concat([Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(Object.keys(metadata).length), ...entries, ...infos]);
  return Buffer.concat([head, pad(head.length), ...data]);
}

/** Writes the model where it is wanted, whole or not at all. */
export async function writeTinyGguf(file: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true });
  const part = `${file}.${randomBytes(4).toString('hex')}`;
  await writeFile(part, tinyGguf());
  await rename(part, file);
  return file;
}

if (import.meta.main) {
  const [file] = process.argv.slice(2);
  if (file === undefined) {
    console.error('usage: node test/testbed/models/make-tiny-gguf.ts FILE');
    process.exitCode = 2;
  } else console.log(await writeTinyGguf(file));
}
