import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { createAiSdkLlm } from '../../../runtime/adapters/llm/ai-sdk.ts';
import { plausibleAnswer } from '../../support/fake-provider.ts';
import { llmRequest, patient } from '../../support/llm-request.ts';

describe('the fake provider', () => {
  it('runs as a program, which prints its address and ends on SIGTERM', async () => {
    const program = join(import.meta.dirname, '../../support/fake-provider.ts');
    const child = spawn(process.execPath, [program, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
      const { baseUrl } = JSON.parse(line) as { baseUrl: string };
      const llm = await createAiSdkLlm({ provider: 'openai-compatible', model: 'any', baseUrl, answers: 'native' });
      expect((await llm.complete(llmRequest(), patient())).outcome).toBe('answered');
    } finally {
      child.kill();
    }
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).toBe(0);
  });

  it('gives the same answer to the same request text, and another to another, all valid', () => {
    const schema = {
      type: 'object',
      properties: {
        title: { type: 'string', minLength: 3, maxLength: 80 },
        text: { type: 'string', minLength: 200, maxLength: 1500 },
        grades: { type: 'object', properties: { risk: { type: 'integer', minimum: 0, maximum: 4 } }, required: ['risk'] },
        decision: { enum: ['experiment', 'none'] },
        requirements: { type: 'array', items: { type: 'string' } },
        formal: { anyOf: [{ type: 'null' }, { $ref: '#/$defs/formal' }] },
      },
      required: ['title', 'text', 'grades', 'decision', 'requirements', 'formal'],
      additionalProperties: false,
      $defs: { formal: { type: 'object', properties: { expression: { type: 'string', maxLength: 12 } }, required: ['expression'] } },
    };
    const check = new Ajv2020({ strict: false }).compile(schema);
    const texts = Array.from({ length: 200 }, (_, i) => `Objective: quieter streets, part ${i}`);
    const answers = texts.map((text) => plausibleAnswer({ text, schema }));
    expect(answers.filter((answer) => !check(JSON.parse(answer)))).toEqual([]);
    expect(new Set(answers).size).toBe(200);
    expect(texts.map((text) => plausibleAnswer({ text, schema }))).toEqual(answers);
  });
});
