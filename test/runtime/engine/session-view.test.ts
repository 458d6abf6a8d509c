import { z } from 'zod';
import { readIdeaTree, type TreeNode } from '../../../runtime/engine/idea-tree.ts';
import { sessionView, sessionViewSchema } from '../../../runtime/engine/session-view.ts';
import { fixtureSession } from '../../support/fixture-session.ts';
import { recordedStore } from '../../support/recorded-store.ts';

describe('the view of a session', () => {
  it('composes what the store says, the best five first', async () => {
    const history = fixtureSession({ unscoredEvery: 6 });
    const view = await sessionView(recordedStore(history), history.session.id);
    expect(() => sessionViewSchema.parse(view)).not.toThrow();
    expect(view.top).toHaveLength(5);
    expect(view.best).toEqual(view.top[0]);
    expect(view.top.map(({ trust }) => trust)).toEqual(view.top.map(({ trust }) => trust).toSorted((a, b) => b - a));
    expect(view.progress).toEqual({ round: 5, depth: 5, openWork: 0, ...history.session.tally });
    expect(view.budget.llmCalls).toEqual({ limit: 120, spent: history.budgets[0]!.spent.llmCalls, reserved: 0, lost: 0 });
  });

  it('has no best before anything is scored', async () => {
    const history = { ...fixtureSession({ running: true }), assessments: [], budgets: [] };
    const view = await sessionView(recordedStore(history), history.session.id);
    expect([view.best, view.top]).toEqual([undefined, []]);
    expect(view.budget.costMicroUsd).toEqual({ limit: 1_000_000, spent: 0, reserved: 0, lost: 0 });
  });

  it('knows a session by its id only', async () => {
    await expect(sessionView(recordedStore(), 'ses_none')).rejects.toMatchObject({ code: 'SESSION_UNKNOWN' });
  });
});

describe('the tree of ideas', () => {
  const flat = (nodes: readonly TreeNode[]): TreeNode[] => nodes.flatMap((node) => [node, ...flat(node.children)]);

  it('has a root per seed and every idea once, under the idea that it grew from', async () => {
    const history = fixtureSession();
    const roots = await readIdeaTree(recordedStore(history), history.session.id);
    expect(roots.map(({ status }) => status)).toEqual(['seed']);
    const nodes = flat(roots);
    expect(nodes.map(({ id }) => id).toSorted()).toEqual(history.ideas.map(({ id }) => id).toSorted());
    for (const node of nodes) {
      for (const child of node.children) expect(history.ideas.find(({ id }) => id === child.id)!.parentIds).toEqual([node.id]);
    }
  });

  it('marks what the planner expanded, also where nothing came of it', async () => {
    const history = fixtureSession();
    const barren = history.ideas.find(({ id }) => !history.ideas.some(({ parentIds }) => parentIds.includes(id)))!;
    const frame = { ...history.frames.find(({ kind }) => kind === 'exploration')!, id: 'frm_barren', subject: barren.id };
    const roots = await readIdeaTree(recordedStore({ ...history, frames: [...history.frames, frame] }), history.session.id);
    const expanded = flat(roots).filter((node) => node.expanded);
    expect(expanded.map(({ id }) => id)).toContain(barren.id);
    expect(expanded).toHaveLength(5 + 1);
  });

  it('has a JSON schema, so that it can stand in the API document', async () => {
    const { treeNodeSchema } = await import('../../../runtime/engine/idea-tree.ts');
    expect(() => z.toJSONSchema(treeNodeSchema, { target: 'draft-2020-12' })).not.toThrow();
  });
});
