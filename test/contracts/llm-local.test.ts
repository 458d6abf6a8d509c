import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalLlm } from '../../runtime/adapters/llm/local.ts';
import { llamaPackageFolder } from '../testbed/models/llama-package.ts';
import { writeTinyGguf } from '../testbed/models/make-tiny-gguf.ts';
import { llmRequest } from '../support/llm-request.ts';
import { describeLlm } from './llm-contract.ts';

const file = join(tmpdir(), `tiny-contract-${process.pid}.gguf`);
let packageFolder: string;
beforeAll(async () => {
  [packageFolder] = await Promise.all([llamaPackageFolder(), writeTinyGguf(file)]);
}, 300_000);
afterAll(() => rm(file, { force: true }));

/** Some ten thousand tokens that the model cannot get out of. */
const endless = { type: 'array', items: { type: 'string', minLength: 50, maxLength: 60 }, minItems: 100, maxItems: 100 };

describeLlm('local', async () => ({
  llm: await createLocalLlm({ file, contextTokens: 8192, answers: 'grammar', threads: 1, packageFolder }),
  slow: () => llmRequest({ schema: endless, maxOutputTokens: 7000, temperature: 1.5 }),
  truncate: () => undefined,
  repeats: true,
  release: async () => undefined,
}));
