/**
 * Texts to vectors a second: our embedder beside a bare onnxruntime session and transformers.js, the same model file in fp32 on two
 * threads each, in one process, in alternating rounds; then what the embedder costs when nobody asks. One JSON line a measure, ratios
 * as min, median and max over the rounds.
 *
 *   npm ci --prefix bench && node bench/embedder.ts [--rounds 7] [--texts 256] [--models FOLDER]
 */
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { createOnnxEmbedder } from '../runtime/adapters/embedder/onnx.ts';
import { createTokenizer } from '../runtime/adapters/embedder/tokenizer.ts';
import { getModel } from '../runtime/adapters/models/get.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    texts: { type: 'string', default: '256' },
    models: { type: 'string', default: join(homedir(), '.cache/nireon/models') },
  },
});
const rounds = Number(values.rounds);
const [batchSize, callers, threads, maxTokens] = [32, 32, 2, 256];
const name = 'all-MiniLM-L6-v2';
await getModel(name, { targetDir: values.models });
const file = join(values.models, `${name}.onnx`);
const definition = JSON.parse(await readFile(join(values.models, `${name}.tokenizer.json`), 'utf8')) as object;
const tokenize = createTokenizer(definition, maxTokens);

/** The same texts in every run: short, near 17 tokens, as titles and first sentences are; mixed, from 8 to 30 words. */
const words = (await readFile(new URL('../rules/concepts.yaml', import.meta.url), 'utf8')).match(/[a-z]{3,}/g)!;
let state = 1;
const below = (n: number) => (state = (state * 48271) % 2147483647) % n;
const textsOf = (least: number, most: number) =>
  Array.from({ length: Number(values.texts) }, () =>
    Array.from({ length: least + below(most - least + 1) }, () => words[below(words.length)]!).join(' '),
  );
const sets = { short: textsOf(11, 13), mixed: textsOf(8, 30) };
const inGroups = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));

function feeds(batch: readonly string[]) {
  const ids = batch.map((text) => tokenize(text).ids);
  const width = Math.max(...ids.map((each) => each.length));
  const cells = (cell: (row: number, column: number) => number) =>
    new Tensor(
      'int64',
      BigInt64Array.from({ length: ids.length * width }, (_, i) => BigInt(cell(Math.floor(i / width), i % width))),
      [ids.length, width],
    );
  return {
    input_ids: cells((row, column) => ids[row]![column] ?? 0),
    attention_mask: cells((row, column) => (column < ids[row]!.length ? 1 : 0)),
  };
}

/** What is used of transformers.js: a model of which all files are here. */
interface Transformers {
  readonly env: { allowRemoteModels: boolean; localModelPath: string };
  readonly AutoTokenizer: { from_pretrained(name: string): Promise<(texts: readonly string[], options: object) => object> };
  readonly AutoModel: {
    from_pretrained(
      name: string,
      options: object,
    ): Promise<((inputs: object) => Promise<{ sentence_embedding: { data: Float32Array } }>) & { dispose(): Promise<unknown> }>;
  };
}

/** What the published tokenizer_config.json says, but for the cut. */
const tokenizerConfig = {
  tokenizer_class: 'BertTokenizer',
  do_lower_case: true,
  unk_token: '[UNK]',
  sep_token: '[SEP]',
  pad_token: '[PAD]',
  cls_token: '[CLS]',
  mask_token: '[MASK]',
  model_max_length: maxTokens,
};

async function openTransformers(folder: string) {
  await mkdir(join(folder, name, 'onnx'), { recursive: true });
  await symlink(file, join(folder, name, 'onnx/model.onnx'));
  await symlink(join(values.models, `${name}.tokenizer.json`), join(folder, name, 'tokenizer.json'));
  await writeFile(join(folder, name, 'tokenizer_config.json'), JSON.stringify(tokenizerConfig));
  await writeFile(join(folder, name, 'config.json'), JSON.stringify({ model_type: 'bert' }));
  const peer: string = '@huggingface/transformers';
  const { env, AutoTokenizer, AutoModel } = (await import(peer)) as Transformers;
  env.allowRemoteModels = false;
  env.localModelPath = folder;
  const tokenizer = await AutoTokenizer.from_pretrained(name);
  const model = await AutoModel.from_pretrained(name, {
    dtype: 'fp32',
    device: 'cpu',
    session_options: { intraOpNumThreads: threads },
  });
  const embed = async (batch: readonly string[]) =>
    (await model(tokenizer(batch, { padding: true, truncation: true, max_length: maxTokens }))).sentence_embedding.data;
  return { embed, close: () => model.dispose() };
}

interface Measure {
  readonly textsPerSecond: number;
  readonly cpuMsPerText: number;
  /** Share of the time in which the event loop of the program was busy. */
  readonly loop: number;
}

type Embed = (texts: readonly string[]) => Promise<unknown>;
type Way = (texts: readonly string[], embed: Embed) => Promise<void>;

const oneByOne: Way = async (texts, embed) => {
  for (const text of texts) await embed([text]);
};

const inBatches: Way = async (texts, embed) => {
  for (const batch of inGroups(texts, batchSize)) await embed(batch);
};

const byCallers: Way = async (texts, embed) => {
  let next = 0;
  const caller = async () => {
    while (next < texts.length) await embed([texts[next++]!]);
  };
  await Promise.all(Array.from({ length: callers }, caller));
};

async function measure(texts: number, work: () => Promise<unknown>): Promise<Measure> {
  const [loop, cpu, began] = [performance.eventLoopUtilization(), process.cpuUsage(), performance.now()];
  await work();
  const [ms, used] = [performance.now() - began, process.cpuUsage(cpu)];
  return {
    textsPerSecond: (texts / ms) * 1000,
    cpuMsPerText: (used.user + used.system) / 1000 / texts,
    loop: performance.eventLoopUtilization(loop).utilization,
  };
}

const rounded = (value: number) => Math.round(value * 1000) / 1000;
function spread(list: readonly number[]) {
  const sorted = list.map(rounded).sort((a, b) => a - b);
  return { min: sorted[0]!, median: sorted[sorted.length >> 1]!, max: sorted.at(-1)! };
}
const say = (line: object) => console.log(JSON.stringify({ bench: 'embedder', ...line }));

const folder = await mkdtemp(join(tmpdir(), 'nireon-bench-'));
const raw = { executionProviders: ['cpu'], intraOpNumThreads: threads };
const session = await InferenceSession.create(file, raw);
const calmSession = await InferenceSession.create(file, { ...raw, extra: { session: { intra_op: { allow_spinning: '0' } } } });
const peer = await openTransformers(folder);
const embedder = await createOnnxEmbedder({ file, dims: 384, maxTokens, batchTokens: 4096, threads });
const patient = { abort: new AbortController().signal, deadlineMs: 600_000 };
const ours = (some: readonly string[]) => embedder.embed(some, patient);

async function compare(set: string, texts: readonly string[]): Promise<void> {
  const tokenized = inGroups(texts, batchSize).map(feeds);
  const runAll = async (one: InferenceSession) => {
    for (const each of tokenized) await one.run(each);
  };
  const subjects = {
    'raw session, batches of 32': () => runAll(session),
    'raw session that does not spin, batches of 32': () => runAll(calmSession),
    'ours, batches of 32': () => inBatches(texts, ours),
    'ours, one by one': () => oneByOne(texts, ours),
    'ours, 32 callers': () => byCallers(texts, ours),
    'transformers.js, batches of 32': () => inBatches(texts, peer.embed),
    'transformers.js, 32 callers': () => byCallers(texts, peer.embed),
  };
  type Subject = keyof typeof subjects;
  const names = Object.keys(subjects) as Subject[];
  const results = new Map<Subject, Measure[]>(names.map((each) => [each, []]));
  for (const each of names) await subjects[each]();
  for (let round = 0; round < rounds; round++) {
    for (const each of names) results.get(each)!.push(await measure(texts.length, subjects[each]));
  }
  const tokens = rounded(texts.reduce((sum, text) => sum + tokenize(text).ids.length, 0) / texts.length);
  for (const [subject, list] of results) {
    const [speed, cpu, loop] = (['textsPerSecond', 'cpuMsPerText', 'loop'] as const).map((what) => spread(list.map((each) => each[what])));
    say({ set, subject, rounds, texts: texts.length, tokens, textsPerSecond: speed, cpuMsPerText: cpu, shareOfEventLoop: loop });
  }
  const goal = (says: string, a: Subject, b: Subject, atLeast: number) => {
    const ratioOf = (value: (one: Measure) => number) => spread(results.get(a)!.map((one, i) => value(one) / value(results.get(b)![i]!)));
    const ratio = ratioOf(({ textsPerSecond }) => textsPerSecond);
    say({ set, goal: says, ratio, byCpu: ratioOf(({ cpuMsPerText }) => 1 / cpuMsPerText), atLeast, met: ratio.median >= atLeast });
  };
  goal('batches of 32, over the raw session', 'ours, batches of 32', 'raw session, batches of 32', 0.9);
  goal('the same, over one that does not spin', 'ours, batches of 32', 'raw session that does not spin, batches of 32', 0.9);
  goal('32 callers, over one by one', 'ours, 32 callers', 'ours, one by one', 1.6);
  goal('32 callers, over transformers.js', 'ours, 32 callers', 'transformers.js, 32 callers', 1.5);
  const tokenizing: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const { textsPerSecond } = await measure(texts.length, async () => texts.forEach((text) => tokenize(text)));
    tokenizing.push(1000 / textsPerSecond);
  }
  say({ set, measure: 'tokenizer, ms per text, on the thread of the model', value: spread(tokenizing) });
}

try {
  const some = sets.mixed.slice(0, 1);
  const [theirs, own] = [await peer.embed(some), (await ours(some)).vectors[0]!];
  say({
    measure: 'largest difference from transformers.js in a component',
    value: Math.max(...own.map((x, i) => Math.abs(x - theirs[i]!))),
  });
  for (const [set, texts] of Object.entries(sets)) await compare(set, texts);

  for (const each of [session, calmSession]) await each.release();
  await peer.close();
  await delay(500);
  const [cpu, began] = [process.cpuUsage(), performance.now()];
  await delay(5000);
  const used = process.cpuUsage(cpu);
  const share = (used.user + used.system) / 1000 / (performance.now() - began);
  say({ goal: 'CPU when nobody asks, share of a core', value: rounded(share), atMost: 0.01, met: share <= 0.01 });
} finally {
  await embedder.close();
  await rm(folder, { recursive: true });
}
