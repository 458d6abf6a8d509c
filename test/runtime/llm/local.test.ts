import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { createLocalLlm, type LocalLlmOptions } from '../../../runtime/adapters/llm/local.ts';
import type { Llm } from '../../../runtime/ports/llm.ts';
import { answerSchema, llmRequest, patient, rejection } from '../../support/llm-request.ts';
import { llamaPackageFolder } from '../../testbed/models/llama-package.ts';
import { tinyGguf, writeTinyGguf } from '../../testbed/models/make-tiny-gguf.ts';

const file = join(tmpdir(), `tiny-${process.pid}.gguf`);
const broken = join(tmpdir(), `broken-${process.pid}.gguf`);
let packageFolder: string;
let llm: Llm;
const open = (over: Partial<LocalLlmOptions> = {}) =>
  createLocalLlm({ file, contextTokens: 1024, answers: 'grammar', threads: 1, packageFolder, ...over });

beforeAll(async () => {
  [packageFolder] = await Promise.all([llamaPackageFolder(), writeTinyGguf(file)]);
  llm = await open();
}, 300_000);
afterAll(async () => {
  await llm.close();
  await Promise.all([rm(file, { force: true }), rm(broken, { force: true })]);
});

const asked = (effectId: string) => llmRequest({ temperature: 0.9, parts: { effectId } });

describe('a local model', () => {
  it('cannot answer but by the schema: twenty different calls, twenty valid answers', async () => {
    const check = new Ajv2020().compile(answerSchema);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => llm.complete(asked(`eff_${i}`), patient())));
    const values = answers.map(({ text }) => JSON.parse(text) as unknown);
    expect(values.filter((value) => !check(value))).toEqual([]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(20);
  });

  it('says the same to the same effect, in whatever order and company it is asked', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const texts = async (order: readonly string[]) => {
      const answers = await Promise.all(order.map(async (id) => [id, (await llm.complete(asked(id), patient())).text] as const));
      return Object.fromEntries(answers);
    };
    const first = await texts(ids);
    expect(await texts(ids.toReversed())).toEqual(first);
    const another = await open();
    expect((await another.complete(asked('c'), patient())).text).toBe(first['c']);
    await another.close();
  });

  it('refuses a prompt that leaves no room for an answer', async () => {
    const long = llmRequest({ messages: [{ role: 'user', content: 'quiet street '.repeat(600) }] });
    expect(await rejection(llm.complete(long, patient()))).toMatchObject({ code: 'LLM_CONTEXT_TOO_LONG', maybeBilled: false });
  });

  it('answers the calls that wait behind one that is abandoned', async () => {
    const controller = new AbortController();
    const first = rejection(llm.complete(asked('first'), patient(controller.signal)));
    const second = llm.complete(asked('second'), patient());
    controller.abort();
    expect(await first).toMatchObject({ code: 'EFFECT_ABORTED' });
    expect((await second).outcome).toBe('answered');
  });
});

describe('a local model that cannot be had', () => {
  it('names the file that is missing, and the command that gets it', async () => {
    expect(await rejection(open({ file: '/nowhere/model.gguf' }))).toMatchObject({
      code: 'MODEL_MISSING',
      message: expect.stringMatching(/\/nowhere\/model\.gguf.*nireon models get/),
    });
  });

  it('names the command that installs the package when it is missing', async () => {
    expect(await rejection(open({ packageFolder: '/nowhere' }))).toMatchObject({
      code: 'MODEL_MISSING',
      message: expect.stringMatching(/npm install --prefix \/nowhere .*node-llama-cpp@3\.22\.1 @node-llama-cpp\//),
    });
  });

  it('says so when the file is no model, or not trained for so much context', async () => {
    const whole = tinyGguf();
    for (const content of [
      Buffer.from('GGUF, or so it says, and then some more'),
      whole.subarray(0, 2000),
      whole.subarray(0, whole.length / 2),
    ]) {
      await writeFile(broken, content);
      expect(await rejection(open({ file: broken }))).toMatchObject({ code: 'MODEL_INVALID', message: expect.stringContaining(broken) });
    }
    expect(await rejection(open({ contextTokens: 16_384 }))).toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining('8192'),
    });
  });
});

describe('the tiny model for tests', () => {
  it('is the same file whenever it is made', () => {
    expect(tinyGguf().equals(tinyGguf())).toBe(true);
    expect(tinyGguf(2).equals(tinyGguf())).toBe(false);
  });
});
