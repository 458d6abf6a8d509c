import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { createHashingEmbedder } from '../../../runtime/adapters/embedder/hashing.ts';
import { conceptBankSchema } from '../../../runtime/domain/concept-bank.ts';
import { createContext, materialOf, placeBank, runOperation } from '../../support/mechanism-context.ts';
import { idea } from '../../support/visible-records.ts';

const shipped = conceptBankSchema.parse(parse(readFileSync(new URL('../../../rules/concepts.yaml', import.meta.url), 'utf8')));

// Scenario 17.
describe('a hundred explorations with the shipped bank, by a writer who writes the words it is given', () => {
  it('never name a concept twice, and go where they were asked to go', async () => {
    const embedder = createHashingEmbedder();
    const bank = await placeBank(shipped, embedder);
    const alignments: number[] = [];
    const strengths: number[] = [];
    for (let i = 0; i < 100; i++) {
      const seed = idea({ id: 'seed', depth: 0, text: `Canteen number ${i} wants to throw less away, whatever comes back on its trays.` });
      const { context, calls } = createContext('explorer', {
        workId: `wrk_${i}`,
        bank,
        embedder,
        visible: { ideas: [seed] },
        config: { explorer: { minNovelty: 0 } },
        llm: (call) => ({ title: 'Toward', text: `It goes toward ${materialOf(call, 'toward')}.` }),
      });
      const { ideas } = await runOperation('explorer.explore', { ideaId: 'seed', variations: 3, divergence: 0.7 }, context);
      const named = calls.flatMap((call) => `${materialOf(call, 'toward')}, ${materialOf(call, 'away')}`.split(', '));
      expect(new Set(named).size).toBe(named.length);
      expect(ideas).toHaveLength(3);
      for (const { direction } of ideas!) {
        alignments.push(direction!.alignment);
        strengths.push(direction!.strength);
      }
    }
    expect(alignments.filter((alignment) => alignment > 0).length / alignments.length).toBeGreaterThanOrEqual(0.9);
    expect(new Set(strengths)).toEqual(new Set([0.56, 0.7, 0.98]));
  });
});
