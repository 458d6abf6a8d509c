import { codeOf } from '../../runtime/domain/errors.ts';
import type { Embedder } from '../../runtime/ports/embedder.ts';

const patient = () => ({ abort: new AbortController().signal, deadlineMs: 60_000 });
const outcomeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'answered',
    (error: unknown) => codeOf(error),
  );
const furthest = (a: Float32Array, b: Float32Array) => Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

const short = 'Bicycle lanes along the river.';
const mixed = [
  'Bicycle lanes along the river let children ride to school.',
  'A',
  'Prices that fall while nobody looks; 東京, 𠮷野家, ὈΔΥΣΣΕΎΣ, naïve café, 👩‍🔬!',
  'The council buys the old mill and lets the water drive the lights of the whole quarter. '.repeat(6),
  '?!',
  'zzzzqqqq '.repeat(3),
];

/** The promise of ports/embedder.ts as tests: every adapter passes them, whatever stands behind it. */
export function describeEmbedder(name: string, create: () => Promise<Embedder>): void {
  describe(`${name} keeps the promise of an Embedder`, () => {
    let embedder: Embedder;
    beforeAll(async () => {
      embedder = await create();
    });
    afterAll(() => embedder.close());
    const embed = (...texts: readonly string[]) => embedder.embed(texts, patient());

    it('names its model by a digest and the length of its vectors', () => {
      expect(embedder.model.name).toMatch(/\S/);
      expect(embedder.model.digest).toMatch(/^[0-9a-f]{64}$/);
      expect(embedder.model.dims).toBeGreaterThan(0);
    });

    it('gives one vector of length 1 a text', async () => {
      const { vectors, truncated } = await embed(...mixed);
      expect(vectors.map((vector) => vector.length)).toEqual(mixed.map(() => embedder.model.dims));
      for (const vector of vectors) expect(Math.abs(Math.hypot(...vector) - 1)).toBeLessThan(1e-5);
      expect(truncated).toEqual(mixed.map(() => false));
    });

    it('keeps the order of the texts, and gives a text the same vector whatever else is in the batch', async () => {
      const together = await embed(...mixed);
      for (const [i, text] of mixed.entries()) {
        const alone = await embed(text);
        expect(furthest(together.vectors[i]!, alone.vectors[0]!)).toBeLessThan(1e-5);
      }
    });

    it('gives every vector its own memory', async () => {
      const { vectors } = await embed(short, short);
      for (const vector of vectors) expect(vector.buffer.byteLength).toBe(vector.byteLength);
      vectors[0]!.fill(7);
      expect(furthest(vectors[1]!, (await embed(short)).vectors[0]!)).toBeLessThan(1e-5);
    });

    it('counts the tokens of all texts and says which text was cut', async () => {
      const one = await embed(short);
      const more = await embed(short, `${short} `.repeat(3000), short);
      expect(Number.isInteger(one.tokens) && one.tokens > 0).toBe(true);
      expect(more.truncated).toEqual([false, true, false]);
      const ofTheLong = more.tokens - 2 * one.tokens;
      expect(ofTheLong).toBeGreaterThan(one.tokens);
      expect(ofTheLong).toBeLessThan(3000 * one.tokens);
    });

    it('sees no difference behind the cut', async () => {
      const { vectors } = await embed(...['bread', 'stone'].map((last) => `${short} `.repeat(3000) + last));
      expect(furthest(vectors[0]!, vectors[1]!)).toBeLessThan(1e-5);
    });

    it('gives callers at once each their own vectors', async () => {
      const expected = await embed(...mixed);
      const answers = await Promise.all(Array.from({ length: 24 }, (_, i) => embed(mixed[i % mixed.length]!, short)));
      for (const [i, { vectors }] of answers.entries()) {
        expect(furthest(vectors[0]!, expected.vectors[i % mixed.length]!)).toBeLessThan(1e-5);
      }
    });

    it('answers no texts with no vectors', async () => {
      expect(await embed()).toEqual({ vectors: [], tokens: 0, truncated: [] });
    });

    it.each(['', ' \n\t '])('refuses an empty text (%j) among others', async (empty) => {
      expect(await outcomeOf(embed(short, empty))).toBe('EMBEDDER_INPUT_EMPTY');
    });

    it('takes 1,024 texts and is busy for one more', async () => {
      const many = Array.from({ length: 1025 }, (_, i) => `t${i}`);
      expect(await outcomeOf(embed(...many))).toBe('EMBEDDER_BUSY');
      expect((await embed(...many.slice(1))).vectors).toHaveLength(1024);
    });

    it('begins nothing for a caller that has given up already', async () => {
      expect(await outcomeOf(embedder.embed([short], { abort: AbortSignal.abort(), deadlineMs: 60_000 }))).toBe('EFFECT_ABORTED');
    });

    it('lets go a caller that gives up, and answers the others of the batch', async () => {
      const giver = new AbortController();
      const doomed = outcomeOf(embedder.embed(mixed, { abort: giver.signal, deadlineMs: 60_000 }));
      const others = [embed(short), embed(...mixed)];
      giver.abort();
      expect(await doomed).toBe('EFFECT_ABORTED');
      const answers = await Promise.all(others);
      expect(answers.map(({ vectors }) => vectors.length)).toEqual([1, mixed.length]);
    });

    it('says that it is well, and after closing that it is not and takes nothing', async () => {
      const other = await create();
      expect(other.model).toEqual(embedder.model);
      expect(await other.health()).toEqual({ ok: true, detail: expect.stringContaining(embedder.model.name) });
      const pending = outcomeOf(other.embed(mixed, patient()));
      await other.close();
      await other.close();
      expect(await pending).toBe('EMBEDDER_FAILED');
      expect((await other.health()).ok).toBe(false);
      expect(await outcomeOf(other.embed([short], patient()))).toBe('EMBEDDER_FAILED');
    });
  });
}
