import { dot } from '../../../runtime/domain/vector.ts';
import { isIdeaText } from '../../support/engine-world.ts';
import { createFixtureEmbedder, fixtureDims } from '../../support/fixture-embedder.ts';
import { critique, fixtureScript } from '../../support/fixture-f.ts';
import { llmRequest } from '../../support/llm-request.ts';
import { createContext, placeBank, runOperation } from '../../support/mechanism-context.ts';
import { createSmallBank } from '../../support/small-bank.ts';
import { idea } from '../../support/visible-records.ts';

const bank = createSmallBank();
const embed = async (cosine: number, texts: readonly string[]) =>
  (await createFixtureEmbedder({ bank, cosine, isIdea: isIdeaText }).embed(texts, { abort: new AbortController().signal, deadlineMs: 1 }))
    .vectors;

describe('the embedder of fixture F', () => {
  it.each([0.5, 0.8])('places idea and seed texts at cosine %d to each other, and all else on axes of their own', async (cosine) => {
    const [seed, a, b, other, phrase] = await embed(cosine, ['A seed.', 'An idea.', 'An idea, too.', 'other words', 'a phrase']);
    for (const vector of [seed!, a!, b!, other!]) {
      expect(vector).toHaveLength(fixtureDims);
      expect(dot(vector, vector)).toBeCloseTo(1, 6);
    }
    for (const [x, y] of [[seed, a], [seed, b], [a, b]]) expect(dot(x!, y!)).toBeCloseTo(cosine, 6); // prettier-ignore
    for (const x of [seed, a, other]) expect(dot(x!, phrase!)).toBe(0);
  });

  it('gives the concepts of a domain one axis, and an idea that names one of them 0.2 of it', async () => {
    const [a, b, elsewhere, named, plain] = await embed(0.8, [
      'concept d3c0',
      'concept d3c2',
      'concept d4c0',
      'An idea blended with concept d3c2.',
      'An idea of its own.',
    ]);
    expect(dot(a!, b!)).toBe(1);
    expect(dot(a!, elsewhere!)).toBe(0);
    expect(dot(named!, a!)).toBeCloseTo(0.2, 6);
    expect(dot(named!, elsewhere!)).toBe(0);
    expect(dot(named!, plain!)).toBeCloseTo(0.8, 6);
    expect(dot(named!, named!)).toBeCloseTo(1, 6);
  });
});

describe('the script of fixture F', () => {
  const script = fixtureScript(({ round, index }) => ({ a: round + 2 + index, f: 3 }));
  const answer = (name: string, ordinal: number, material: Readonly<Record<string, string>>) => {
    const pieces = Object.entries(material).map(([label, text]) => ({ label, text }));
    const reply = script(llmRequest({ parts: { name, ordinal, effectId: `eff_${name}_${ordinal}`, material: pieces } }));
    return (reply!.json as { text: string }).text;
  };

  it('writes another text for each call, which names no concept and counts as an idea', () => {
    const texts = [0, 1, 2].map((ordinal) => answer('vary', ordinal, { seed: 'A seed.' }));
    expect(new Set(texts).size).toBe(3);
    expect(texts.every(isIdeaText)).toBe(true);
    expect(texts.some((text) => text.includes('concept'))).toBe(false);
    expect(answer('vary', 2, { seed: texts[1]! })).toContain('depth 2, index 2');
  });

  it('names the first concept in a blend', () => {
    expect(answer('blend', 0, { idea: 'An idea.', toward: 'concept d1c1, concept d1c2' })).toContain('blended with concept d1c1 by');
  });

  it('grades to the sums asked for, which make the trust of the page', async () => {
    const placed = await placeBank(bank, createFixtureEmbedder({ bank, cosine: 0.5, isIdea: isIdeaText }));
    const [seed, own] = await embed(0.5, ['A seed.', 'An idea.']);
    const trust = async (a: number, f: number) => {
      const { context } = createContext('sentinel', {
        bank: placed,
        llm: () => critique(a, f),
        visible: {
          ideas: [idea({ id: 'seed', depth: 0 }), idea({ id: 'own' })],
          vectors: [
            { ideaId: 'seed', kind: 'text', values: seed!, embedder: 'e' },
            { ideaId: 'own', kind: 'text', values: own!, embedder: 'e' },
          ],
        },
      });
      const { assessments } = await runOperation('sentinel.assess', { ideaId: 'own' }, context);
      expect(assessments![0]!.axes.novel).toBe(7.2308);
      return assessments![0]!.trust!;
    };
    for (let sum = 0; sum <= 12; sum++) {
      expect(await trust(sum, 12 - sum)).toBeCloseTo(2.8692 + 0.3 * sum + 0.225 * (12 - sum), 4);
    }
  });

  it('makes a blend that is 0.2 off the others and 0.2 nearer to its field, as in scenario 7', async () => {
    const embedder = createFixtureEmbedder({ bank, cosine: 0.8, isIdea: isIdeaText });
    const { vectors } = await embedder.embed(['A seed.'], { abort: new AbortController().signal, deadlineMs: 1 });
    const { context } = createContext('catalyst', {
      embedder,
      bank: await placeBank(bank, embedder),
      llm: ({ name, ordinal, material }) =>
        script(llmRequest({ parts: { name, ordinal, effectId: 'eff', material: [...material] } }))!.json,
      visible: {
        ideas: [idea({ id: 'seed', depth: 0, text: 'A seed.' })],
        vectors: [{ ideaId: 'seed', kind: 'text', values: vectors[0]!, embedder: 'e' }],
      },
    });
    const result = await runOperation('catalyst.blend', { ideaId: 'seed', cause: 'stagnation' }, context);
    expect(result.ideas![0]!.blend!.shift).toBe(0.2);
    expect(1 - dot(result.vectors![0]!.values, vectors[0]!)).toBeCloseTo(0.2, 6);
  });
});
