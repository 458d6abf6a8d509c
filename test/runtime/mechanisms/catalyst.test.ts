import { createRandom } from '../../../runtime/domain/random.ts';
import { conceptsToward, drawFields, shareWord } from '../../../runtime/mechanisms/catalyst/fields.ts';
import type { BankDomain, LlmCall } from '../../../runtime/ports/mechanism.ts';
import { createContext, materialOf, noValue, placeBank, runOperation, type ContextOptions } from '../../support/mechanism-context.ts';
import { createTableEmbedder } from '../../support/table-embedder.ts';
import { idea } from '../../support/visible-records.ts';

type Call = LlmCall<unknown>;

/** The idea lies on axis 0. Field d lies at cosine 0.05 (d + 1) to it, with an axis of its own; its concepts spread a little around. */
const ideaText = 'The idea to blend, in a sentence.';
const fields = 8;
const embedder = createTableEmbedder((text) => {
  if (text === ideaText) return [1];
  const [, field, concept] = /^concept d(\d)c(\d)/.exec(text) ?? [];
  if (field === undefined) {
    // "at 0.3, field 2": at that cosine to the idea and as much along the field as is left.
    const [, cosine, of] = /at (\S+), field (\d)/.exec(text) ?? [];
    return cosine === undefined ? undefined : placed(Number(cosine), Number(of));
  }
  return placed(0.05 * (Number(field) + 1) + 0.01 * (Number(concept) - 2), Number(field));
}, fields + 1);
function placed(cosine: number, field: number): number[] {
  const place = new Array<number>(fields + 1).fill(0);
  place[0] = cosine;
  place[field + 1] = Math.sqrt(1 - cosine ** 2);
  return place;
}
const domains = Array.from({ length: fields }, (_, d) => ({
  name: `field ${d}`,
  concepts: Array.from({ length: 7 }, (_c, c) => `concept d${d}c${c}`),
}));
let bank: readonly BankDomain[];
let e: Float32Array;
beforeAll(async () => {
  bank = await placeBank({ version: 'nireon.concepts/v1', domains }, embedder);
  e = (await embedder.embed([ideaText], { abort: new AbortController().signal, deadlineMs: 1 })).vectors[0]!;
});

const own = idea({ id: 'own', title: 'Own', text: ideaText, depth: 2 });
const fieldOf = (call: Call): number => Number(materialOf(call, 'domain')!.slice('field '.length));
const towardField = (call: Call) => ({ title: 'A blend', text: `A text number ${call.ordinal} at 0.7, field ${fieldOf(call)}.` });

async function blend(options: ContextOptions = {}, cause = 'planned') {
  const test = createContext('catalyst', {
    bank,
    embedder,
    llm: towardField,
    visible: { ideas: [own], vectors: [{ ideaId: 'own', kind: 'text', values: e, embedder: 'e' }] },
    ...options,
  });
  return { ...test, result: await runOperation('catalyst.blend', { ideaId: 'own', cause }, test.context) };
}

describe('the fields drawn', () => {
  it('are neither of the nearest quarter nor of the farthest, and each of the others comes up', () => {
    const drawn = Array.from({ length: 100 }, (_, i) => drawFields(bank, e, 1, createRandom(`w${i}`))[0]!.name);
    expect([...new Set(drawn)].sort()).toEqual(['field 2', 'field 3', 'field 4', 'field 5']);
  });

  it('are twelve of twenty-four to choose from', () => {
    const many = Array.from({ length: 24 }, (_, i) => ({ ...bank[0]!, name: `f${i}`, centroid: Float32Array.of(i / 24, 0) }));
    const all = drawFields(many, Float32Array.of(1, 0), 99, createRandom('w'));
    expect(all.map(({ name }) => Number(name.slice(1))).sort((a, b) => a - b)).toEqual([6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]);
  });

  it('are different ones for one item', () => {
    const names = drawFields(bank, e, 3, createRandom('w')).map(({ name }) => name);
    expect(new Set(names).size).toBe(3);
  });
});

describe('the concepts of a field', () => {
  it('come by how far they lead off the idea toward the field, without the idea’s own words', () => {
    const at = (text: string, ...values: number[]) => ({ text, vector: Float32Array.from(values, (x) => x / Math.hypot(...values)) });
    const concepts = [at('own word', 1, 0.5, 0), at('some way', 0.7, 0.5, 0.5), at('all the way', 0, 1, 0), at('elsewhere', 0, 0, 1)];
    const domain = { name: 'f', concepts, centroid: Float32Array.of(0.6, 0.8, 0) };
    for (const share of [0.2, 0.5, 0.9]) {
      expect(conceptsToward(domain, Float32Array.of(1, 0, 0), share)).toEqual(['all the way', 'some way', 'elsewhere']);
    }
  });

  it.each([
    [0.2, 'a touch'],
    [0.2999, 'a touch'],
    [0.3, 'half'],
    [0.3999, 'half'],
    [0.4, 'mainly'],
    [0.9, 'mainly'],
  ])('a share of %d is told as %s', (share, word) => {
    expect(shareWord(share)).toBe(word);
  });
});

describe('a blend', () => {
  it('asks for one with the three concepts that lead furthest', async () => {
    const { calls, embeds, result, context } = await blend({ round: 4 });
    const field = fieldOf(calls[0]!);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({ name: 'blend', ordinal: 0, stage: 'exploration', role: 'idea-synthesizer', subject: 'own' });
    expect(calls[0]!.material.map(({ label }) => label)).toEqual(['idea', 'domain', 'toward', 'share', 'already there', 'length']);
    expect(materialOf(calls[0], 'idea')).toBe(`Own\n\n${ideaText}`);
    expect(materialOf(calls[0], 'toward')).toBe([0, 1, 2].map((c) => `concept d${field}c${c}`).join(', '));
    expect(embeds.map(({ name, ordinal }) => [name, ordinal])).toEqual([['embed', 0]]);
    const { blend: made } = result.ideas![0]!;
    expect(result.ideas).toMatchObject([{ method: 'blend', title: 'A blend', parentIds: ['own'], depth: 3, tags: [] }]);
    expect(made).toMatchObject({ domain: `field ${field}` });
    expect(made!.shift).toBeGreaterThan(0);
    expect(result.signals).toMatchObject([
      { type: 'idea.catalyzed', subject: context.ids.idea(0), depth: 3, data: { round: 4, index: 0, blend: made } },
    ]);
    expect(result.vectors![0]).toMatchObject({ ideaId: context.ids.idea(0), kind: 'text' });
    expect(result.outcome).toEqual({ result: 'blended' });
  });

  it('draws its share between the bounds, and tells it in a word', async () => {
    const shares: number[] = [];
    for (let i = 0; i < 40; i++) {
      const { calls, result } = await blend({ workId: `wrk_${i}` });
      const { share } = result.ideas![0]!.blend!;
      expect(materialOf(calls[0], 'share')).toBe(shareWord(share));
      shares.push(share);
    }
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.2);
    expect(Math.max(...shares)).toBeLessThanOrEqual(0.5);
    expect(Math.max(...shares) - Math.min(...shares)).toBeGreaterThan(0.2);
    const fixed = await blend({ config: { catalyst: { shareLow: 0.45, shareHigh: 0.45 } } });
    expect(fixed.result.ideas![0]!.blend!.share).toBe(0.45);
  });

  it.each([
    ['led away from its field', (call: Call) => `A text at 0.01, field ${(fieldOf(call) + 1) % fields}.`, {}],
    ['repeats the idea', () => ideaText, { nearDuplicates: 1 }],
    ['lies too near to it', (call: Call) => `A text at 0.97, field ${fieldOf(call)}.`, { nearDuplicates: 1 }],
  ])('that %s is asked for once more, with more of the field and its next concepts, then given up', async (_, text, dropped) => {
    const { calls, result } = await blend({
      llm: (call) => ({ title: 'Bad', text: text(call) }),
      config: { catalyst: { shareLow: 0.2, shareHigh: 0.2 } },
    });
    const field = fieldOf(calls[0]!);
    expect(calls.map(({ ordinal }) => ordinal)).toEqual([0, 1]);
    expect(calls.map((call) => materialOf(call, 'toward'))).toEqual([
      [0, 1, 2].map((c) => `concept d${field}c${c}`).join(', '),
      [3, 4, 5].map((c) => `concept d${field}c${c}`).join(', '),
    ]);
    expect(calls.map((call) => materialOf(call, 'share'))).toEqual(['a touch', 'mainly']);
    expect(result.ideas).toEqual([]);
    expect(result.outcome).toEqual({ result: 'blended', ...dropped });
  });

  it('that is good the second time has the greater share, 0.9 at most', async () => {
    const second = (share: number) =>
      blend({
        llm: (call) => (call.ordinal === 0 ? { title: 'Copy', text: ideaText } : towardField(call)),
        config: { catalyst: { shareLow: share, shareHigh: share } },
      });
    expect((await second(0.2)).result).toMatchObject({ ideas: [{ blend: { share: 0.4 } }], outcome: { result: 'blended' } });
    expect((await second(0.8)).result.ideas![0]!.blend!.share).toBe(0.9);
  });

  it('is too near as configured for explorations', async () => {
    const near = (minNovelty: number) =>
      blend({ llm: (call) => ({ title: 'Near', text: `A text at 0.85, field ${fieldOf(call)}.` }), config: { explorer: { minNovelty } } });
    expect((await near(0.1)).result.ideas).toHaveLength(1);
    expect((await near(0.2)).result.ideas).toHaveLength(0);
  });

  it('embeds the idea if nobody has, and is measured against it all the same', async () => {
    const { embeds, result } = await blend({
      visible: { ideas: [own] },
      llm: (call) => ({ title: 'Near', text: `A text at 0.97, field ${fieldOf(call)}.` }),
    });
    expect(embeds[0]).toMatchObject({ name: 'embed-seed', ordinal: 0, texts: [ideaText] });
    expect(result.vectors).toMatchObject([{ ideaId: 'own', kind: 'text' }]);
    expect(result.outcome.nearDuplicates).toBe(1);
  });

  it('is made once for each of several fields', async () => {
    const { calls, result } = await blend({ config: { catalyst: { hybrids: 3 } } });
    expect(calls.map(({ ordinal }) => ordinal)).toEqual([0, 2, 4]);
    expect(new Set(calls.map(fieldOf)).size).toBe(3);
    expect(result.ideas).toHaveLength(3);
    expect(result.signals!.map(({ data }) => (data as { index: number }).index)).toEqual([0, 1, 2]);
  });

  it('does not repeat a brother', async () => {
    const { result } = await blend({
      config: { catalyst: { hybrids: 2 } },
      llm: () => ({ title: 'Same', text: 'The same text at 0.1, field 3.' }),
    });
    expect(result.ideas!.length).toBeLessThan(2);
    expect(result.outcome.nearDuplicates).toBe(1);
  });

  it('is lost where its model has no answer', async () => {
    const { calls, result } = await blend({ llm: () => noValue('LLM_REFUSED') });
    expect(calls).toHaveLength(1);
    expect(result).toMatchObject({ ideas: [], outcome: { result: 'blended', code: 'LLM_REFUSED' } });
    const unplaced = await blend({ embed: () => noValue('BUDGET_EXHAUSTED') });
    expect(unplaced.result).toMatchObject({ ideas: [], outcome: { code: 'BUDGET_EXHAUSTED' } });
    const nowhere = await blend({ visible: { ideas: [own] }, embed: () => noValue('BUDGET_EXHAUSTED') });
    expect(nowhere.calls).toEqual([]);
    expect(nowhere.result.outcome).toEqual({ result: 'blended', code: 'BUDGET_EXHAUSTED' });
  });
});

describe('the application rate', () => {
  const carriedOut = async (cause: string, applicationRate: number) => {
    let count = 0;
    for (let i = 0; i < 100; i++) {
      const { result, calls } = await blend({ workId: `wrk_${i}`, config: { catalyst: { applicationRate } } }, cause);
      if (result.outcome.result === 'declined') expect(calls).toEqual([]);
      else count++;
    }
    return count;
  };

  it('is the share of promising ideas that are blended', async () => {
    expect([await carriedOut('promising', 0), await carriedOut('promising', 1)]).toEqual([0, 100]);
    const some = await carriedOut('promising', 0.2);
    expect(some).toBeGreaterThan(8);
    expect(some).toBeLessThan(35);
  });

  it.each(['planned', 'stagnation'])('does not concern what is %s', async (cause) => {
    expect(await carriedOut(cause, 0)).toBe(100);
  });
});
