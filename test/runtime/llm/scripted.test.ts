import { createScriptedLlm, type Script } from '../../../runtime/adapters/llm/scripted.ts';
import { createLeapingClock } from '../../support/leaping-clock.ts';
import { llmRequest, patient, rejection } from '../../support/llm-request.ts';

const open = (script: Script) => createScriptedLlm({ script, clock: createLeapingClock() });
const about = (parts: NonNullable<Parameters<typeof llmRequest>[0]>['parts'] = {}) => llmRequest({ parts: { ...parts } });

describe('the scripted model', () => {
  it('answers with the first entry of its table that fits role, name, idea and ordinal', async () => {
    const llm = open([
      { idea: 'ide_1', ordinal: 1, text: 'second of one' },
      { idea: 'ide_1', text: 'one' },
      { role: 'idea-generator', text: 'generator' },
      { name: 'judge-repair', text: 'repair' },
      { json: { else: true } },
    ]);
    const ask = async (parts: Parameters<typeof about>[0]) => (await llm.complete(about(parts), patient())).text;
    expect(await ask({ subject: 'ide_1', ordinal: 1 })).toBe('second of one');
    expect(await ask({ subject: 'ide_1', ordinal: 2 })).toBe('one');
    expect(await ask({ role: 'idea-generator' })).toBe('generator');
    expect(await ask({ name: 'judge-repair' })).toBe('repair');
    expect(await ask({})).toBe('{"else":true}');
  });

  it('says the same in whatever order it is asked', async () => {
    const script: Script = (request) => ({ text: `${request.parts.role} ${request.parts.ordinal}`, delayMs: 100 - request.parts.ordinal });
    const ordinals = [0, 1, 2, 3, 4, 5];
    const texts = async (order: readonly number[]) => {
      const llm = open(script);
      const said = await Promise.all(order.map(async (n) => [n, (await llm.complete(about({ ordinal: n }), patient())).text] as const));
      return new Map(said);
    };
    expect(await texts(ordinals.toReversed())).toEqual(await texts(ordinals).then((map) => new Map([...map].reverse())));
  });

  it('fails as a provider with that status would, or with a code of its own', async () => {
    expect(await rejection(open([{ status: 429, retryAfterMs: 1000 }]).complete(about(), patient()))).toMatchObject({
      code: 'LLM_OVERLOADED',
      retryAfterMs: 1000,
      maybeBilled: false,
    });
    expect(await rejection(open([{ code: 'LLM_CONNECTION_LOST' }]).complete(about(), patient()))).toMatchObject({ maybeBilled: true });
  });

  it('refuses a request that its script does not know', async () => {
    expect(await rejection(open([{ role: 'nobody', text: '' }]).complete(about(), patient()))).toMatchObject({
      code: 'LLM_REQUEST_INVALID',
    });
  });

  it('charges by the length of the texts, and keeps the requests', async () => {
    const llm = open([{ text: 'x'.repeat(9) }]);
    const request = llmRequest({ messages: [{ role: 'user', content: 'y'.repeat(40) }] });
    expect((await llm.complete(request, patient())).usage).toEqual({ inputTokens: 10, outputTokens: 3 });
    expect([llm.callCount, llm.calls]).toEqual([1, [request]]);
  });
});
