import { NireonError } from '../../../runtime/domain/errors.ts';
import { phrases } from '../../../runtime/domain/phrases.ts';
import { createCompass } from '../../../runtime/mechanisms/explorer/compass.ts';
import type { BankDomain, LlmCall } from '../../../runtime/ports/mechanism.ts';
import { createContext, materialOf, noValue, placeBank, runOperation, type ContextOptions } from '../../support/mechanism-context.ts';
import { createSmallBank } from '../../support/small-bank.ts';
import { createTableEmbedder } from '../../support/table-embedder.ts';
import { idea } from '../../support/visible-records.ts';

type Call = LlmCall<unknown>;

const seedText = 'The seed, told in a sentence.';
const seed = idea({ id: 'seed', depth: 0, title: 'Seed', text: seedText });
const input = { ideaId: 'seed', variations: 3, divergence: 0.7 };

/** The seed lies on axis 0; `near 0.95 …` at that cosine to it, the rest on an axis named at the end; all else far from everything. */
const embedder = createTableEmbedder((text) => {
  if (text === seedText) return [1];
  const [, cosine, axis] = /^Near (\S+) on axis (\d)/.exec(text) ?? [];
  if (cosine === undefined) return undefined;
  const place = [Number(cosine), 0, 0, 0, 0, 0];
  place[Number(axis)] = Math.sqrt(1 - Number(cosine) ** 2);
  return place;
});
const near = (cosine: number, axis = 1): string => `Near ${cosine} on axis ${axis}, as the table says.`;
const fresh = (call: Call) => ({ title: `Idea ${call.ordinal}`, text: `A text of its own, number ${call.ordinal}.` });
const vectorOf = async (text: string) => (await embedder.embed([text], { abort: new AbortController().signal, deadlineMs: 1 })).vectors[0]!;
const vector = async (ideaId: string, text: string) => ({ ideaId, kind: 'text' as const, values: await vectorOf(text), embedder: 'e' });

let bank: readonly BankDomain[];
beforeAll(async () => {
  bank = await placeBank(createSmallBank(4, 8), embedder);
});

async function explore(options: ContextOptions = {}, more: Partial<typeof input> = {}) {
  const test = createContext('explorer', { bank, embedder, llm: fresh, visible: { ideas: [seed] }, ...options });
  const result = await runOperation('explorer.explore', { ...input, ...more }, test.context);
  return { ...test, result, ideas: result.ideas ?? [] };
}

describe('an exploration', () => {
  it('asks for each variation with the material that every writer reads', async () => {
    const { calls } = await explore();
    expect(calls.map(({ name, ordinal, stage, role, subject }) => [name, ordinal, stage, role, subject])).toEqual(
      [0, 1, 2].map((i) => ['vary', i, 'exploration', 'idea-generator', 'seed']),
    );
    expect(calls[0]!.material.map(({ label }) => label)).toEqual(['seed', 'toward', 'away', 'distance', 'already there', 'length']);
    expect(materialOf(calls[0], 'seed')).toBe(`Seed\n\n${seedText}`);
    expect(calls.map((call) => materialOf(call, 'distance'))).toEqual(['near', 'medium', 'far']);
    expect(materialOf(calls[0], 'length')).toBe('20 to 1500 characters');
    expect([calls[0]!.temperature, calls[0]!.maxOutputTokens]).toEqual([0.8, 800]);
  });

  it('tells each direction in concepts, none of which another variation has', async () => {
    const { calls, ideas } = await explore();
    const concepts = new Set(createSmallBank(4, 8).domains.flatMap((domain) => domain.concepts));
    const told = calls.flatMap((call) => [materialOf(call, 'toward')!, materialOf(call, 'away')!].flatMap((words) => words.split(', ')));
    expect(told).toHaveLength(3 * (3 + 2));
    expect(new Set(told).size).toBe(told.length);
    expect(told.filter((word) => !concepts.has(word))).toEqual([]);
    expect(ideas.map(({ direction }) => direction!.toward.join(', '))).toEqual(calls.map((call) => materialOf(call, 'toward')));
  });

  it('sets every course at right angles to the seed and to all others, later tries included', async () => {
    const e = await vectorOf(seedText);
    const { context } = createContext('explorer', { bank, visible: { ideas: [seed] } });
    const setCourse = createCompass(e, 0.7, context);
    const courses = [setCourse(0, 0).u, setCourse(1, 0).u, setCourse(0, 1).u, setCourse(0, 2).u];
    const along = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((sum, x, i) => sum + x * b[i]!, 0);
    for (const [i, u] of courses.entries()) {
      for (const other of [e, ...courses.slice(0, i)]) expect(Math.abs(along(u, other))).toBeLessThan(1e-9);
    }
  });

  it('names as many concepts as configured', async () => {
    const { ideas } = await explore({ config: { explorer: { towardConcepts: 1, awayConcepts: 0 } } });
    expect(ideas.map(({ direction }) => [direction!.toward.length, direction!.away.length])).toEqual([
      [1, 0],
      [1, 0],
      [1, 0],
    ]);
  });

  it('lets the phrases of the session join the bank', async () => {
    const other = idea({ id: 'other', round: 1, text: 'Another one.' });
    const phrase = { ideaId: 'other', kind: 'phrase' as const, phrase: 'word of the session', values: await vectorOf('p'), embedder: 'e' };
    const { calls } = await explore({ round: 2, visible: { ideas: [seed, other], vectors: [phrase] } });
    expect(calls.some((call) => materialOf(call, 'toward')!.includes('word of the session'))).toBe(true);
  });

  it('gives each idea its place, its parent, its vectors and its signal', async () => {
    const { result, ideas, embeds, context } = await explore({ round: 2 });
    expect(ideas.map(({ method, title, parentIds, depth, tags }) => ({ method, title, parentIds, depth, tags }))).toEqual(
      [0, 1, 2].map((i) => ({ method: 'explore', title: `Idea ${i}`, parentIds: ['seed'], depth: 1, tags: [] })),
    );
    const own = result.vectors!.filter((v) => v.ideaId === context.ids.idea(1));
    expect(own.map((v) => [v.kind, v.phrase])).toEqual([
      ['text', undefined],
      ...phrases(ideas[1]!.text).map((phrase) => ['phrase', phrase]),
    ]);
    expect(embeds.map(({ name, ordinal }) => [name, ordinal])).toEqual([
      ['embed-seed', 0],
      ['embed', 0],
    ]);
    expect(embeds[1]!.texts).toEqual(ideas.flatMap(({ text }) => [text, ...phrases(text)]));
    expect(result.signals!.map(({ type, subject, depth }) => [type, subject, depth])).toEqual(
      [0, 1, 2].map((i) => ['idea.generated', context.ids.idea(i), 1]),
    );
    expect(result.signals![2]!.data).toMatchObject({ ideaId: context.ids.idea(2), round: 2, index: 2, direction: ideas[2]!.direction });
    expect(result.outcome).toEqual({ result: 'explored' });
  });

  it('embeds the seed only if nobody has, and keeps that vector', async () => {
    const first = await explore();
    expect(first.result.vectors![0]).toMatchObject({ ideaId: 'seed', kind: 'text' });
    const then = await explore({ visible: { ideas: [seed], vectors: [await vector('seed', seedText)] } });
    expect(then.embeds.map(({ name }) => name)).toEqual(['embed']);
    expect(then.result.vectors!.some(({ ideaId }) => ideaId === 'seed')).toBe(false);
    expect(then.result.ideas).toEqual(first.result.ideas);
  });

  it('names the nearest ideas as already there, eight at most, without the seed', async () => {
    const others = Array.from({ length: 10 }, (_, i) =>
      idea({ id: `o${i}`, title: `Other ${i}`, text: near(0.1 + i / 20, 1 + (i % 5)), index: i }),
    );
    const vectors = await Promise.all([...others, seed].map(({ id, text }) => vector(id, text)));
    const { calls } = await explore({ round: 2, visible: { ideas: [seed, ...others], vectors } });
    expect(materialOf(calls[0], 'already there')!.split('\n')).toEqual([9, 8, 7, 6, 5, 4, 3, 2].map((i) => `Other ${i}`));
  });

  it('measures how far an idea went: the strength asked for is not the distance made', async () => {
    const { ideas } = await explore({ llm: (call) => ({ title: 'Placed', text: near(0.6 - call.ordinal / 10, 1 + call.ordinal) }) });
    expect(ideas.map(({ direction }) => direction!.distance)).toEqual([0.4, 0.5, 0.6]);
    expect(ideas.map(({ direction }) => direction!.strength)).toEqual([0.56, 0.7, 0.98]);
    expect(ideas.every(({ direction }) => Math.abs(direction!.alignment) <= 1)).toBe(true);
  });

  it('has no more calls in flight than configured, and begins them in order', async () => {
    const slow = async (call: Call) => {
      await new Promise((resolve) => setImmediate(resolve));
      return fresh(call);
    };
    for (const parallel of [1, 2, 3]) {
      const { mostAtOnce, calls } = await explore({ llm: slow, config: { explorer: { parallel } } }, { variations: 7 });
      expect(mostAtOnce()).toBe(parallel);
      expect(calls.map(({ ordinal }) => ordinal)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    }
  });

  it('refuses a text outside the bounds, and one that is only white', async () => {
    const texts = ['x'.repeat(19), 'x'.repeat(61), ' '.repeat(40), `  ${'x'.repeat(20)}  `];
    const { ideas, calls, result } = await explore(
      { config: { explorer: { minLength: 20, maxLength: 60 } }, llm: (call) => ({ title: ' A title ', text: texts[call.ordinal]! }) },
      { variations: 4 },
    );
    expect(materialOf(calls[0], 'length')).toBe('20 to 60 characters');
    expect(ideas.map(({ title, text }) => [title, text])).toEqual([['A title', 'x'.repeat(20)]]);
    expect(result.outcome.code).toBe('LLM_ANSWER_INVALID');
  });
});

describe('novelty', () => {
  const tooNear = (call: Call) => (call.ordinal === 1 ? { title: 'Copy', text: seedText } : { title: 'Near', text: near(0.95) });
  const goodAfter = (tries: number) => (call: Call) => (call.ordinal % 3 === 0 || call.ordinal >= 3 * tries ? fresh(call) : tooNear(call));

  it.each(['yet without a vector', 'with a vector'])(
    'is asked for again where a copy of the seed (%s) or a text at 0.95 to it came',
    async (which) => {
      const vectors = which === 'with a vector' ? [await vector('seed', seedText)] : [];
      const { calls, ideas, result } = await explore({ llm: goodAfter(1), visible: { ideas: [seed], vectors } });
      expect(calls.map(({ ordinal }) => ordinal)).toEqual([0, 1, 2, 4, 5]);
      expect(calls.slice(3).map((call) => materialOf(call, 'too close to this'))).toEqual([seedText, seedText]);
      expect(ideas.map(({ direction }) => direction!.strength)).toEqual([0.56, 1.05, 1.47]);
      expect(calls.slice(3).map((call) => materialOf(call, 'distance'))).toEqual(['far', 'far']);
      expect(result.outcome).toEqual({ result: 'explored' });
      expect(new Set(calls.map((call) => materialOf(call, 'toward'))).size).toBe(5);
    },
  );

  it('does not change the order: ideas stand by variation, whichever try brought them', async () => {
    const { ideas, result } = await explore({
      llm: (call) => (call.ordinal === 0 ? { title: 'Copy', text: seedText } : fresh(call)),
    });
    expect(ideas.map(({ title }) => title)).toEqual(['Idea 3', 'Idea 1', 'Idea 2']);
    expect(result.signals!.map(({ data }) => (data as { title: string }).title)).toEqual(['Idea 3', 'Idea 1', 'Idea 2']);
  });

  it('is given up after the retries, and what was dropped is counted', async () => {
    const { calls, ideas, embeds, result } = await explore({ llm: goodAfter(Infinity) });
    expect(calls).toHaveLength(7);
    expect(ideas).toHaveLength(1);
    expect(result.outcome).toEqual({ result: 'explored', nearDuplicates: 2 });
    expect(embeds.map(({ name, ordinal }) => `${name} ${ordinal}`)).toEqual(['embed-seed 0', 'embed 0', 'embed 1', 'embed 2']);
  });

  it('is retried as often, and as much stronger, as configured', async () => {
    const none = await explore({ llm: goodAfter(Infinity), config: { explorer: { noveltyRetries: 0 } } });
    expect([none.calls.length, none.result.outcome.nearDuplicates]).toEqual([3, 2]);
    const last = await explore({ llm: goodAfter(3), config: { explorer: { noveltyRetries: 3, retryFactor: 1.2 } } });
    expect(last.ideas.map(({ direction }) => direction!.strength)).toEqual([0.56, 1.2096, 1.6934]);
  });

  it('is a matter of the bound configured', async () => {
    const one = (cosine: number, minNovelty: number) =>
      explore(
        { llm: () => ({ title: 'Near', text: near(cosine) }), config: { explorer: { minNovelty, noveltyRetries: 0 } } },
        { variations: 1 },
      );
    expect((await one(0.91, 0.1)).ideas).toHaveLength(0);
    expect((await one(0.89, 0.1)).ideas).toHaveLength(1);
    expect((await one(0.89, 0.2)).ideas).toHaveLength(0);
    expect((await one(0.95, 0)).ideas).toHaveLength(1);
  });

  it('counts brothers and all that is visible, and shows the writer what was repeated', async () => {
    const other = idea({ id: 'other', text: near(0.1, 3) });
    const texts = [near(0.2, 2), near(0.21, 2), near(0.12, 3)];
    const { calls, ideas } = await explore({
      round: 2,
      visible: { ideas: [seed, other], vectors: [await vector('other', other.text)] },
      llm: (call) => (call.ordinal < 3 ? { title: 'Near', text: texts[call.ordinal]! } : fresh(call)),
    });
    expect(ideas).toHaveLength(3);
    expect(calls.slice(3).map((call) => materialOf(call, 'too close to this'))).toEqual([texts[0], other.text]);
  });

  it('is refused to a text that is known, whatever its case and space, also without a vector', async () => {
    const other = idea({ id: 'other', text: 'A text that  everybody KNOWS already.' });
    const { result } = await explore(
      { visible: { ideas: [seed, other] }, llm: () => ({ title: 'Again', text: 'a text that everybody knows already.' }) },
      { variations: 1 },
    );
    expect(result.outcome.nearDuplicates).toBe(1);
  });
});

describe('what goes wrong in an exploration', () => {
  it('costs the variation whose model declined, and no other', async () => {
    const { calls, ideas, result, context } = await explore({
      llm: (call) => (call.ordinal === 1 ? noValue('LLM_REFUSED') : fresh(call)),
    });
    expect(calls).toHaveLength(3);
    expect(ideas.map(({ title }) => title)).toEqual(['Idea 0', 'Idea 2']);
    expect(result.signals!.map(({ subject }) => subject)).toEqual([context.ids.idea(0), context.ids.idea(1)]);
    expect(result.outcome).toEqual({ result: 'explored', code: 'LLM_REFUSED' });
  });

  it('costs everything that cannot be embedded', async () => {
    const { ideas, result } = await explore({ embed: (name) => (name === 'embed' ? noValue('BUDGET_EXHAUSTED') : undefined) });
    expect(ideas).toEqual([]);
    expect(result.outcome).toEqual({ result: 'explored', code: 'BUDGET_EXHAUSTED' });
  });

  it('buys nothing where the seed itself cannot be embedded', async () => {
    const { calls, result } = await explore({ embed: () => noValue('BUDGET_EXHAUSTED') });
    expect(calls).toEqual([]);
    expect(result).toEqual({ outcome: { result: 'explored', code: 'BUDGET_EXHAUSTED' } });
  });

  it('ends the attempt in an outage, but not before the calls under way have come back', async () => {
    const test = createContext('explorer', {
      bank,
      embedder,
      visible: { ideas: [seed] },
      llm: async (call) => {
        if (call.ordinal === 0) throw new NireonError('LLM_UNAVAILABLE');
        await new Promise((resolve) => setImmediate(resolve));
        return fresh(call);
      },
    });
    await expect(runOperation('explorer.explore', { ...input, variations: 9 }, test.context)).rejects.toMatchObject({
      code: 'LLM_UNAVAILABLE',
    });
    expect(test.inFlight()).toBe(0);
    expect(test.calls).toHaveLength(3);
  });

  it('is a bug where the seed is not visible', async () => {
    await expect(explore({ visible: {} })).rejects.toThrow('idea seed is not visible');
  });
});
