import { costOf, worstCaseOf } from '../../../runtime/engine/llm-router/cost.ts';
import { llmRequest } from '../../support/llm-request.ts';

const price = { inputMicroUsdPerMTok: 150_000, outputMicroUsdPerMTok: 600_000 };

describe('what a call costs', () => {
  it('is its tokens at the price of the model, rounded up to a millionth of a dollar', () => {
    expect(costOf({ inputTokens: 1000, outputTokens: 500 }, price)).toMatchObject({ llmCalls: 1, costMicroUsd: 450 });
    expect(costOf({ inputTokens: 1, outputTokens: 0 }, price).costMicroUsd).toBe(1);
    expect(costOf({ inputTokens: 1000, outputTokens: 500 }, undefined).costMicroUsd).toBe(0);
  });

  it('is at most a token for each byte of messages and schema, 256 more, and the whole output limit', () => {
    const schema = { type: 'string' };
    const request = llmRequest({ messages: [{ role: 'user', content: 'é'.repeat(10) }], schema, maxOutputTokens: 100 });
    const inputTokens = 20 + JSON.stringify(schema).length + 256;
    expect(worstCaseOf(request, price)).toMatchObject({
      llmCalls: 1,
      inputTokens,
      outputTokens: 100,
      costMicroUsd: Math.ceil(inputTokens * 0.15 + 60),
    });
  });
});
