import type { Idea } from '../../../runtime/domain/idea.ts';
import type { Store } from '../../../runtime/ports/store.ts';
import {
  assessment,
  closes,
  creation,
  deadSignal,
  exploration,
  idea,
  levelFrame,
  levelOf,
  planted,
  rootWork,
  step,
  summary,
  trace,
  unscored,
  vector,
  work,
} from '../../support/store-records.ts';
import { allPages, claimAll, claimOne, codeOfFailure, type OpenStores } from '../../support/store-world.ts';

const a = 'ses_a';
const x = (n: number): string => `${levelOf(a)}/x${n}`;

/** Two explorations of round 1 whose items commit in the order given; then the level closes and round 2 opens. */
async function twoRounds(store: Store, order: readonly number[]): Promise<void> {
  const frames = [exploration(a, 0), exploration(a, 1)];
  const items = [0, 1].map((n) => work(a, `w${n}`, { frameId: x(n) }));
  await store.createSession(creation({ frames, work: items }));
  const claimed = (await claimAll(store)).map(({ item }) => item);
  for (const [i, n] of order.entries()) {
    const ideas = [0, 1].map((k) => idea(a, `i${n}${k}`, { frameId: x(n), workId: `w${n}`, index: k, parentIds: [`${a}/seed`] }));
    const made = {
      ideas,
      vectors: [vector(`i${n}1`, [n, 1]), vector(`i${n}0`, [n, 0])],
      assessments: ideas.map(({ id }) => assessment(id, `a/${id}`, { workId: `w${n}` })),
      outcome: { result: 'explored', nearDuplicates: n + 1 },
    };
    const last = i === order.length - 1;
    await store.commit(
      step(claimed[n]!, { ...made, ...(last ? { closes: closes(a, { work: [rootWork(a, 'plan', { round: 2 })] }) } : {}) }),
    );
  }
  const plan = await claimOne(store);
  await store.commit(
    step(plan, {
      traces: [trace(a, 't0', { round: 1 }), trace(a, 't1', { round: 1, frameId: x(1) })],
      frames: [levelFrame(a, 2)],
      signals: [planted(a, 'seed2', { frameid: levelOf(a, 2), parentids: 'level1' })],
      work: [work(a, 'w2', { frameId: levelOf(a, 2), levelFrameId: levelOf(a, 2), round: 2 })],
    }),
  );
}

export function describeReads(open: OpenStores): void {
  describe('what mechanisms see', () => {
    it('shows the rounds below and nothing of a round that is open, in an order that no arrival changes', async () => {
      const seen = [];
      for (const order of [
        [0, 1],
        [1, 0],
      ]) {
        const { store } = await open();
        await twoRounds(store, order);
        const visible = await store.visible(a, { round: 2, fromRound: 0, chain: [] });
        expect(visible.ideas.map(({ id }) => id)).toEqual([`${a}/seed`, 'i00', 'i01', 'i10', 'i11']);
        expect(visible.assessments.map(({ id }) => id)).toEqual(['a/i00', 'a/i01', 'a/i10', 'a/i11']);
        expect(visible.vectors.map(({ ideaId }) => ideaId)).toEqual(['i00', 'i01', 'i10', 'i11']);
        expect(visible.frames.map(({ id }) => id)).toEqual([`${a}/root`, levelOf(a), x(0), x(1)]);
        expect(visible.traces).toEqual([]);
        seen.push(visible);
        expect((await store.visible(a, { round: 3, fromRound: 0, chain: [] })).traces.map(({ id }) => id)).toEqual(['t0', 't1']);
        expect((await store.visible(a, { round: 1, fromRound: 0, chain: [] })).ideas.map(({ id }) => id)).toEqual([`${a}/seed`]);
      }
      expect(seen[0]).toEqual(seen[1]);
    });

    it('shows frames with what their finished effects cost', async () => {
      const { store } = await open();
      await twoRounds(store, [0, 1]);
      const [root] = (await store.visible(a, { round: 1, fromRound: 0, chain: [] })).frames;
      expect(root).toMatchObject({ id: `${a}/root`, status: 'active', counted: { llmCalls: 0 } });
    });

    it('leaves out rounds below fromRound', async () => {
      const { store } = await open();
      await twoRounds(store, [0, 1]);
      const visible = await store.visible(a, { round: 3, fromRound: 2, chain: [] });
      expect(visible.ideas).toEqual([]);
      expect(visible.frames.map(({ id }) => id)).toEqual([levelOf(a, 2)]);
      expect(visible.traces).toHaveLength(2);
    });

    it('adds what the items of the chain made, and nothing of their neighbours', async () => {
      const { store } = await open();
      await store.createSession(creation({ frames: [exploration(a, 0)], work: [work(a, 'w0'), work(a, 'w1')] }));
      const items = (await claimAll(store)).map(({ item }) => item);
      await store.commit(
        step(items[0]!, {
          ideas: [idea(a, 'mine', { workId: 'w0' })],
          vectors: [vector('mine', [1])],
          work: [work(a, 'w2', { chain: ['w0'] }), work(a, 'w3', { chain: ['w0'] })],
        }),
      );
      await store.commit(step(items[1]!, { ideas: [idea(a, 'neighbour', { workId: 'w1' })], vectors: [vector('neighbour', [2])] }));
      for (const { item } of await claimAll(store)) {
        await store.commit(
          step(item, {
            assessments: [assessment('mine', `by ${item.id}`, { workId: item.id, revision: item.id === 'w2' ? 2 : 1 })],
            work: [work(a, `${item.id}/next`)],
          }),
        );
      }
      const seenBy = async (chain: string[]) => {
        const seen = await store.visible(a, { round: 1, fromRound: 1, chain });
        return [
          seen.ideas.map(({ id }) => id),
          seen.vectors.map(({ ideaId }) => ideaId),
          seen.assessments.map(({ id }) => id),
          seen.frames.length,
        ];
      };
      expect(await seenBy(['w0'])).toEqual([['mine'], ['mine'], [], 0]);
      expect(await seenBy(['w0', 'w3'])).toEqual([['mine'], ['mine'], ['by w3'], 0]);
      expect(await seenBy(['w0', 'w2', 'w3'])).toEqual([['mine'], ['mine'], ['by w3', 'by w2'], 0]);
      expect(await seenBy([])).toEqual([[], [], [], 0]);
      const both = await store.visible(a, { round: 1, fromRound: 0, chain: ['w0'] });
      expect(both.ideas.map(({ id }) => id)).toEqual([`${a}/seed`, 'mine']);
    });
  });

  describe('levels', () => {
    it('gives the records that a summary is made of, whatever the order of arrival', async () => {
      const all = [];
      for (const order of [
        [0, 1],
        [1, 0],
      ]) {
        const { store } = await open();
        await twoRounds(store, order);
        const level = await store.level(a, levelOf(a));
        expect(level.frame).toMatchObject({ id: levelOf(a), status: 'finished', open: 0 });
        expect(level.frames).toMatchObject([
          { id: x(0), refused: false, counted: { llmCalls: 0 } },
          { id: x(1), refused: false },
        ]);
        expect(level.ideas.map(({ idea: { id }, assessment: newest }) => [id, newest?.id])).toEqual(
          ['i00', 'i01', 'i10', 'i11'].map((id) => [id, `a/${id}`]),
        );
        expect(level.planted.map(({ id }) => id)).toEqual([`${a}/seed0`]);
        expect(level.nearDuplicates).toBe(3);
        expect(level).not.toHaveProperty('previous');
        expect(level.sessionBudget.frameId).toBe(`${a}/root`);
        all.push(level);
        const second = await store.level(a, levelOf(a, 2));
        expect(second.previous).toEqual(summary(a));
        expect(second.ideas).toEqual([]);
        expect(second.planted.map(({ id }) => id)).toEqual(['seed2']);
        expect(second.nearDuplicates).toBe(0);
        expect(await codeOfFailure(store.level(a, 'nowhere'))).toBe('STORE_REFERENCE_UNKNOWN');
      }
      expect(all[0]).toEqual(all[1]);
    });
  });

  describe('lists and pages', () => {
    /** Ideas in the order in which the ranking must show them. */
    const ranking: [string, { stable?: boolean; trust?: number } | undefined][] = [
      ['i3', { stable: true, trust: 9.25 }],
      ['i1', { stable: true, trust: 6 }],
      ['i5', { stable: true, trust: 6 }],
      ['i0', { stable: false, trust: 9.5 }],
      ['i4', { stable: false, trust: 0 }],
      ['i2', undefined],
      ['i6', undefined],
    ];
    async function rankedSession(store: Store): Promise<void> {
      await store.createSession(creation({ work: [work(a, 'w0'), work(a, 'w1')] }));
      const ids = ranking.map(([id]) => id).sort();
      const given = new Map(ranking);
      const ideas: Idea[] = ids.map((id, index) => idea(a, id, { index }));
      const assessments = ids.flatMap((id) => {
        const score = given.get(id);
        if (id === 'i6') return [unscored(id, 'a6')];
        return score ? [assessment(id, `old ${id}`, { trust: 3 }), assessment(id, `new ${id}`, { ...score, revision: 2 })] : [];
      });
      await store.commit(step(await claimOne(store), { ideas, assessments }));
    }

    it('ranks ideas: stable first, then trust, then age, page by page', async () => {
      const { store } = await open();
      await rankedSession(store);
      const ids = (sort: 'trust' | 'created', seeds: boolean, limit: number) =>
        allPages((page) => store.listIdeas(a, { sort, seeds }, page), limit).then((all) => all.map(({ idea: { id } }) => id));
      const order = ranking.map(([id]) => id);
      for (const limit of [1, 2, 3, 7, 100]) {
        expect(await ids('trust', false, limit)).toEqual(order);
        expect(await ids('created', true, limit)).toEqual([`${a}/seed`, ...[...order].sort()]);
        expect(await ids('created', false, limit)).toEqual([...order].sort());
      }
      expect(await ids('trust', true, 2)).toEqual([...order.slice(0, 5), `${a}/seed`, 'i2', 'i6']);
      const [best] = (await store.listIdeas(a, { sort: 'trust', seeds: true }, { limit: 1 })).items;
      expect(best).toMatchObject({ idea: { id: 'i3' }, assessment: { id: 'new i3', revision: 2 } });
      const last = (await store.listIdeas(a, { sort: 'trust', seeds: false }, { limit: 100 })).items.at(-2);
      expect(last).not.toHaveProperty('assessment');
    });

    it('gives a last page without next, also where it is full', async () => {
      const { store } = await open();
      await rankedSession(store);
      const full = await store.listIdeas(a, { sort: 'trust', seeds: false }, { limit: 7 });
      expect(full.items).toHaveLength(7);
      expect(full).not.toHaveProperty('next');
    });

    it('neither repeats nor skips rows when others are added between two pages', async () => {
      const { store } = await open();
      await rankedSession(store);
      const first = await store.listWork(a, { limit: 1 });
      await store.commit(step(await claimOne(store), { work: [work(a, 'w2'), work(a, 'w3')] }));
      const rest = await store.listWork(a, { limit: 10, cursor: first.next! });
      expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual(['w0', 'w1', 'w2', 'w3']);
    });

    it('refuses a cursor that another query made, or nobody', async () => {
      const { store } = await open();
      await rankedSession(store);
      await store.createSession(creation({ id: 'ses_b', work: [work('ses_b', 'b0'), work('ses_b', 'b1')] }));
      const cursors = [
        (await store.listWork(a, { limit: 1 })).next,
        (await store.listIdeas(a, { sort: 'created', seeds: false }, { limit: 1 })).next,
        (await store.listSessions({}, { limit: 1 })).next,
      ];
      const foreign = [
        ...cursors,
        '',
        'nonsense',
        'e30',
        Buffer.from('["x"]').toString('base64url'),
        Buffer.from('[null]').toString('base64url'),
      ];
      for (const cursor of foreign) {
        const page = { limit: 1, cursor: cursor! };
        const codes = await Promise.all(
          [
            store.listWork('ses_b', page),
            store.listIdeas(a, { sort: 'trust', seeds: false }, page),
            store.listSessions({ status: 'running' }, page),
            store.listJournal({ sessionId: a }, page),
            store.listDead({}, page),
          ].map(codeOfFailure),
        );
        expect(codes).toEqual(Array(5).fill('CURSOR_INVALID'));
      }
    });

    it('lists the frames asked for, or all', async () => {
      const { store } = await open();
      await twoRounds(store, [0, 1]);
      expect((await store.frames(a)).map(({ id }) => id)).toEqual([`${a}/root`, levelOf(a), x(0), x(1), levelOf(a, 2)]);
      expect((await store.frames(a, [x(1), 'nowhere'])).map(({ id }) => id)).toEqual([x(1)]);
      expect(await store.frames(a, [])).toEqual([]);
    });

    it('gives vectors in the order of the ideas asked for, of this session only', async () => {
      const { store } = await open();
      await twoRounds(store, [0, 1]);
      await store.createSession(creation({ id: 'ses_b' }));
      expect((await store.vectors(a, ['i11', 'i00', 'i11'])).map(({ ideaId }) => ideaId)).toEqual(['i11', 'i00', 'i11']);
      expect(await store.vectors('ses_b', ['i00'])).toEqual([]);
      expect(await store.vectors(a, [])).toEqual([]);
    });
  });

  describe('records', () => {
    const hard = [
      'Ünïcode, 日本語, 😀, e\u0301, \u202e, NUL \u0000, quote " \' \\ \n \u2028',
      'lone \ud800 surrogate and \udc00 another',
      '',
      '__proto__',
    ];

    it('come back bit for bit: texts, numbers, vectors, keys', async () => {
      const { store, reopen } = await open();
      await store.createSession(creation({ labels: { a: hard[0]! }, work: [work(a, 'w0'), work(a, 'w1')] }));
      const item = await claimOne(store);
      const odd = JSON.parse(
        '{"__proto__":{"x":1},"constructor":"c","":[{}],"n":[-0,1e-320,1.7976931348623157e308,0.1,5e-324,-1e21,9007199254740993]}',
      );
      const made = idea(a, 'i0', {
        ...{ text: hard[0]!, title: hard[1]!, tags: hard },
        direction: { toward: [], away: hard, strength: -0, distance: 0.1 + 0.2, alignment: -1e-17 },
      });
      const values = [0, -0, 1e-45, 3.4028234663852886e38, -0.1, 1.17549435e-38, 0.333333343267441];
      const given = {
        ideas: [made],
        vectors: [vector('i0', values, { kind: 'phrase', phrase: hard[1]!, embedder: 'ë' }), vector('i0', [])],
        assessments: [assessment('i0', 'a0', { trust: 0, spread: -0, reason: hard[1]! })],
        traces: [trace(a, 't0', { features: [-0, 0, 1, -1, 1e-7, 0.1], gain: -0 })],
        signals: [deadSignal(a, 's1')],
        work: [work(a, 'w2', { input: { odd, hard } })],
      };
      await store.commit(step(item, given));
      const check = async (from: Store): Promise<void> => {
        const same = (got: unknown, expected: unknown): void => {
          expect(got).toEqual(expected);
          expect(serialized(got)).toBe(serialized(expected));
        };
        same((await from.getIdea('i0'))?.idea, made);
        same((await from.getIdea('i0'))?.assessments, given.assessments);
        same(await from.traces(a), given.traces);
        same((await from.getWork('w2'))?.input, { odd, hard });
        same((await from.getSession(a))?.labels, { a: hard[0] });
        const back = await from.vectors(a, ['i0']);
        expect(back.map(({ values: v }) => bytes(v))).toEqual(given.vectors.map(({ values: v }) => bytes(v)));
        expect(back.map(({ values: _v, ...facts }) => facts)).toEqual(given.vectors.map(({ values: _v, ...facts }) => facts));
      };
      await check(store);
      if (reopen) await check(await reopen());
    });

    it('may be large', async () => {
      const { store } = await open();
      const text = 'ein Megabyte 😀 '.repeat(70_000);
      await store.createSession(creation({ work: [work(a, 'w0', { input: { text } }), work(a, 'w1')] }));
      const item = await claimOne(store);
      expect(item.input).toEqual({ text });
      await store.commit(
        step(item, { state: 'dead', code: 'WORK_FAILED', message: text, vectors: [vector(`${a}/seed`, Array(4096).fill(0.5))] }),
      );
      expect((await store.getWork('w0'))?.message).toBe(text);
      expect((await store.vectors(a, [`${a}/seed`]))[0]?.values).toHaveLength(4096);
    });
  });
}

const bytes = (values: Float32Array): string => Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('hex');
/** Tells -0 from 0, which equality of JSON texts does not; keys in order of their names. */
function serialized(value: unknown): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (Array.isArray(value)) return `[${value.map(serialized).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([p], [q]) => (p < q ? -1 : 1));
  return `{${entries.map(([key, part]) => `${JSON.stringify(key)}:${serialized(part)}`).join()}}`;
}
