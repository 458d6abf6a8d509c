import type { Candidate } from '../../../runtime/domain/planning/candidate.ts';
import { byMerit, isEligible, isWorthy } from '../../../runtime/domain/planning/candidate.ts';
import { strategies, type StrategyInput } from '../../../runtime/domain/planning/strategy.ts';

let place = 0;
const candidate = (id: string, of: Partial<Candidate> = {}): Candidate => ({
  id,
  depth: 1,
  round: 1,
  place: place++,
  parentIds: [],
  trust: 6,
  novel: 5,
  stable: true,
  expanded: false,
  ...of,
});
const given = (eligible: readonly Candidate[], more: Partial<StrategyInput> = {}): StrategyInput => ({
  eligible,
  sinceRound: 1,
  last: [],
  tooClose: () => false,
  ...more,
});
const ids = (chosen: readonly Candidate[]) => chosen.map(({ id }) => id);

describe('an idea', () => {
  const rules = { minTrust: 4, maxDepth: 3 };
  it.each([
    ['stable, trusted and not too deep', {}, true],
    ['not stable', { stable: false }, false],
    ['no more than minTrust', { trust: 4 }, false],
    ['just above minTrust', { trust: 4.0001 }, true],
    ['as deep as allowed', { depth: 3 }, false],
    ['one above that', { depth: 2 }, true],
    ['expanded before', { expanded: true }, false],
  ])('that is %s is eligible: %j %s', (_, of, expected) => {
    expect(isEligible(candidate('a', of), rules)).toBe(expected);
  });

  it('too deep is worthy all the same', () => {
    expect([candidate('a', { depth: 3 }), candidate('b', { depth: 3, stable: false })].map((c) => isWorthy(c, 4))).toEqual([true, false]);
  });

  it('comes before another by trust, then novelty, then age', () => {
    const older = candidate('older', { trust: 6, novel: 5 });
    const younger = candidate('younger', { trust: 6, novel: 5 });
    const newer = candidate('more novel', { trust: 6, novel: 6 });
    const trusted = candidate('trusted', { trust: 6.0001, novel: 1 });
    const unknown = candidate('of unknown novelty', { novel: undefined });
    expect(ids([unknown, younger, older, newer, trusted].sort(byMerit))).toEqual([
      'trusted',
      'more novel',
      'older',
      'younger',
      'of unknown novelty',
    ]);
  });
});

describe('breadth', () => {
  it('goes on from the best of the latest rounds', () => {
    const all = [candidate('old best', { trust: 9 }), candidate('new', { round: 2 }), candidate('new best', { round: 3, trust: 7 })];
    expect(ids(strategies.breadth(given(all, { sinceRound: 2 }), { beamWidth: 3 }))).toEqual(['new best']);
  });

  it('goes back to the best of the session when the latest rounds have none', () => {
    const all = [candidate('a'), candidate('b', { trust: 8 })];
    expect(ids(strategies.breadth(given(all, { sinceRound: 2 }), { beamWidth: 3 }))).toEqual(['b']);
    expect(strategies.breadth(given([]), { beamWidth: 3 })).toEqual([]);
  });
});

describe('beam', () => {
  const all = ['a', 'b', 'c', 'd'].map((id, i) => candidate(id, { trust: 9 - i }));

  it('goes on from as many of the best as it is wide', () => {
    expect(ids(strategies.beam(given(all), { beamWidth: 3 }))).toEqual(['a', 'b', 'c']);
    expect(ids(strategies.beam(given(all), { beamWidth: 9 }))).toEqual(['a', 'b', 'c', 'd']);
  });

  it('takes of two that are too alike the better, and another in its place', () => {
    const tooClose = (x: Candidate, y: Candidate) => [x.id, y.id].sort().join('') === 'ab';
    expect(ids(strategies.beam(given(all, { tooClose }), { beamWidth: 2 }))).toEqual(['a', 'c']);
  });

  it('goes back to the one best of the session when the latest rounds have none', () => {
    expect(ids(strategies.beam(given(all, { sinceRound: 2 }), { beamWidth: 3 }))).toEqual(['a']);
  });
});

describe('depth-first', () => {
  const plan = (eligible: readonly Candidate[], last: StrategyInput['last']) =>
    ids(strategies['depth-first'](given(eligible, { last }), { beamWidth: 3 }));

  it('follows the best child of the last one while it is better than its parent', () => {
    const all = [candidate('best', { trust: 9 }), candidate('x0', { parentIds: ['x'], trust: 6.1 }), candidate('x1', { parentIds: ['x'] })];
    expect(plan(all, [{ id: 'x', trust: 6 }])).toEqual(['x0']);
  });

  it('goes back to the best of the session when no child is, to the deeper one of equals', () => {
    const all = [candidate('a', { trust: 8 }), candidate('b', { trust: 8, depth: 2 }), candidate('x0', { parentIds: ['x'], trust: 6 })];
    expect(plan(all, [{ id: 'x', trust: 6 }])).toEqual(['b']);
    expect(plan([], [{ id: 'x', trust: 6 }])).toEqual([]);
  });

  it('follows the best child of several seeds at once', () => {
    const all = [candidate('s0', { parentIds: ['s'], trust: 5.5 }), candidate('t0', { parentIds: ['t'], trust: 6 })];
    expect(plan(all, [{ id: 's', trust: 5 }, { id: 't', trust: 5 }])).toEqual(['t0']); // prettier-ignore
  });

  it('walks as scenario 12 says: S, S0, S1, S00, S10, S01', () => {
    const depth = 3;
    const trustOf = (path: string, index: number) => 2.8692 + 0.3 * (11 - 2 * path.length - index) + 0.675;
    const grown = new Map<string, Candidate>();
    const walked: string[] = [];
    let last = 'S';
    for (let round = 1; round <= 6; round++) {
      walked.push(last);
      for (const index of [0, 1]) {
        const id = `${last}${index}`;
        grown.set(id, candidate(id, { depth: id.length - 1, round, parentIds: [last], trust: trustOf(last, index), novel: 7.2308 }));
      }
      const eligible = [...grown.values()].filter((c) => c.depth < depth && !walked.includes(c.id));
      last = plan(eligible, [{ id: last, trust: grown.get(last)?.trust ?? 5 }])[0] ?? '';
    }
    expect(walked).toEqual(['S', 'S0', 'S1', 'S00', 'S10', 'S01']);
  });
});
