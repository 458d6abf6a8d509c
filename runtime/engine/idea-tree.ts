import { z } from 'zod';
import { ideaMethods } from '../domain/idea.ts';
import type { RankedIdea, Store } from '../ports/store.ts';
import { readAll } from './read-all.ts';

/** An idea with what grew from it. `expanded`: the planner chose it to be varied, whatever came of that. */
export const treeNodeSchema = z
  .strictObject({
    id: z.string(),
    title: z.string(),
    method: z.enum(ideaMethods),
    depth: z.int().min(0),
    status: z.enum(['seed', 'scored', 'unscored', 'waiting']),
    trust: z.exactOptional(z.number()),
    stable: z.exactOptional(z.boolean()),
    expanded: z.boolean(),
    get children() {
      return z.array(treeNodeSchema);
    },
  })
  .meta({ id: 'IdeaTreeNode' });
export type TreeNode = z.infer<typeof treeNodeSchema>;

/** One root per seed, children by age. An idea of several parents stands under the first. */
export async function readIdeaTree(store: Store, sessionId: string): Promise<TreeNode[]> {
  const [ideas, frames] = await Promise.all([
    readAll((page) => store.listIdeas(sessionId, { sort: 'created', seeds: true }, page)),
    store.frames(sessionId),
  ]);
  const explored = frames.flatMap((frame) => (frame.kind === 'exploration' && frame.subject !== undefined ? [frame.subject] : []));
  return ideaTree(ideas, new Set(explored));
}

/** `ideas` by age, so that a parent comes before its children; one whose parent is missing becomes a root. */
export function ideaTree(ideas: readonly RankedIdea[], explored: ReadonlySet<string>): TreeNode[] {
  const nodes = new Map<string, TreeNode>();
  const roots: TreeNode[] = [];
  for (const { idea, assessment } of ideas) {
    const node: TreeNode = {
      id: idea.id,
      title: idea.title,
      method: idea.method,
      depth: idea.depth,
      status: idea.method === 'seed' ? 'seed' : (assessment?.status ?? 'waiting'),
      ...(assessment?.trust === undefined ? {} : { trust: assessment.trust }),
      ...(assessment?.stable === undefined ? {} : { stable: assessment.stable }),
      expanded: explored.has(idea.id),
      children: [],
    };
    nodes.set(idea.id, node);
    const parent = idea.parentIds[0] === undefined ? undefined : nodes.get(idea.parentIds[0]);
    if (parent === undefined) roots.push(node);
    else {
      parent.children.push(node);
      if (idea.method === 'explore') parent.expanded = true;
    }
  }
  return roots;
}
