import type { ConceptBank } from '../../runtime/domain/concept-bank.ts';

/** A bank like the shipped one in shape: as many domains as asked for, of a few made-up concepts each. */
export function createSmallBank(domains = 16, concepts = 4): ConceptBank {
  return {
    version: 'nireon.concepts/v1',
    domains: Array.from({ length: domains }, (_, d) => ({
      name: `domain ${d}`,
      concepts: Array.from({ length: concepts }, (_, c) => `concept d${d}c${c}`),
    })),
  };
}
