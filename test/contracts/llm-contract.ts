import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Llm, LlmRequest } from '../../runtime/ports/llm.ts';
import { everythingOf, llmRequest, patient, rejection } from '../support/llm-request.ts';

export interface LlmSubject {
  readonly llm: Llm;
  /** Makes the calls that follow outlast every deadline here, or gives a request that does. Absent: the adapter answers at once by nature. */
  slow?(): LlmRequest | undefined;
  /** Makes the model decline the calls that follow. */
  refuse?(): void;
  /** Makes the answers that follow end at the output limit. */
  truncate?(): void;
  /** Same request, same text. */
  readonly repeats?: boolean;
  /** Frees what the subject holds besides the Llm. */
  release(): Promise<void>;
}

const promptMark = 'planted-prompt-mark';

/** The promise of ports/llm.ts as tests: every adapter passes them, whatever stands behind it. */
export function describeLlm(name: string, open: () => Promise<LlmSubject>): void {
  describe(`${name} keeps the promise of an Llm`, () => {
    let subject: LlmSubject;
    beforeEach(async () => {
      subject = await open();
    });
    afterEach(async () => {
      await subject.llm.close();
      await subject.release();
    });
    const marked = () => llmRequest({ messages: [{ role: 'user', content: promptMark }] });

    it('answers with text that fits the schema, with usage in whole tokens and the name of a model', async () => {
      const request = llmRequest();
      const answer = await subject.llm.complete(request, patient());
      expect(answer.outcome).toBe('answered');
      const check = new Ajv2020({ strict: false }).compile(request.schema ?? {});
      const value: unknown = JSON.parse(answer.text);
      expect({ value, problems: check(value) ? [] : check.errors }).toEqual({ value, problems: [] });
      for (const tokens of [answer.usage.inputTokens, answer.usage.outputTokens]) {
        expect(Number.isInteger(tokens)).toBe(true);
        expect(tokens).toBeGreaterThanOrEqual(0);
      }
      expect(answer.model).toMatch(/\S/);
    });

    it('answers calls that run at once, each by itself', async () => {
      const requests = Array.from({ length: 6 }, (_, i) => llmRequest({ parts: { effectId: `eff_${i}`, ordinal: i } }));
      const answers = await Promise.all(requests.map((request) => subject.llm.complete(request, patient())));
      expect(answers.map((answer) => answer.outcome)).toEqual(requests.map(() => 'answered'));
    });

    it('leaves the request as it was', async () => {
      const request = llmRequest();
      const before = structuredClone(request);
      await subject.llm.complete(request, patient());
      expect(request).toEqual(before);
    });

    it('says the same twice, if it is one that repeats', async () => {
      if (!subject.repeats) return;
      const texts = [];
      for (let i = 0; i < 2; i++) texts.push((await subject.llm.complete(llmRequest(), patient())).text);
      expect(texts[1]).toBe(texts[0]);
    });

    it('throws EFFECT_ABORTED, unbilled, for a caller that gave up before', async () => {
      const error = await rejection(subject.llm.complete(marked(), patient(AbortSignal.abort())));
      expect(error).toMatchObject({ code: 'EFFECT_ABORTED', maybeBilled: false });
    });

    it('throws EFFECT_ABORTED when the caller gives up on a call that runs', async () => {
      if (subject.slow === undefined) return;
      const request = subject.slow() ?? marked();
      const controller = new AbortController();
      const running = rejection(subject.llm.complete(request, patient(controller.signal)));
      setImmediate(() => controller.abort());
      const error = await running;
      expect(error).toMatchObject({ code: 'EFFECT_ABORTED' });
      expect(everythingOf(error)).not.toContain(promptMark);
    });

    it('throws LLM_TIMEOUT, maybe billed, when the deadline passes', async () => {
      if (subject.slow === undefined) return;
      const request = subject.slow() ?? marked();
      const error = await rejection(subject.llm.complete(request, { abort: new AbortController().signal, deadlineMs: 100 }));
      expect(error).toMatchObject({ code: 'LLM_TIMEOUT', maybeBilled: true, retryable: true });
      expect(everythingOf(error)).not.toContain(promptMark);
    });

    it('goes on answering after a call that was abandoned', async () => {
      const controller = new AbortController();
      const running = subject.llm.complete(llmRequest(), patient(controller.signal)).catch(() => undefined);
      controller.abort();
      await running;
      expect((await subject.llm.complete(llmRequest(), patient())).outcome).toBe('answered');
    });

    it('returns a refusal as an outcome', async () => {
      if (subject.refuse === undefined) return;
      subject.refuse();
      expect((await subject.llm.complete(llmRequest(), patient())).outcome).toBe('refused');
    });

    it('returns an answer that met the output limit as truncated', async () => {
      if (subject.truncate === undefined) return;
      subject.truncate();
      const answer = await subject.llm.complete(llmRequest({ maxOutputTokens: 16 }), patient());
      expect(answer.outcome).toBe('truncated');
    });

    it('tells its health, and closes more than once without harm', async () => {
      expect(await subject.llm.health()).toMatchObject({ ok: true, detail: expect.stringMatching(/\S/) });
      await subject.llm.close();
      await subject.llm.close();
      expect((await subject.llm.health()).ok).toBe(false);
      expect(await rejection(subject.llm.complete(llmRequest(), patient()))).toMatchObject({ code: 'EFFECT_ABORTED' });
    });
  });
}
