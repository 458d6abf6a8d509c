import type { TreeNode } from '../engine/idea-tree.ts';
import { score } from './format.ts';
import { type Html, markup } from './html-template.ts';
import type { Report } from './schema.ts';

const width = 480;
const left = 34;
const right = width - 8;
const top = 14;
const bottom = 250;
const unscoredY = 274;

interface Dot {
  readonly node: TreeNode;
  readonly x: number;
  readonly y: number;
  readonly parent: Dot | undefined;
}

/** Every idea by depth and trust, joined to the idea that it grew from; the way to the best one is drawn strong. */
export function ideaMap(report: Report): Html | undefined {
  const layers = byDepth(report.tree);
  if (layers.length < 2) return undefined;
  const trusts = report.ideas.flatMap((idea) => idea.trust ?? []);
  const low = Math.max(0, Math.floor(Math.min(5, ...trusts)) - 0.5);
  const high = Math.min(10, Math.ceil(Math.max(6, ...trusts)) + 0.25);
  const y = (trust: number): number => fixed(bottom - ((bottom - top) * (trust - low)) / (high - low));
  const dots = place(layers, y);
  const best = report.ideas.find((idea) => idea.rank === 1)?.id;
  const wayToBest = new Set<Dot>();
  for (let dot = dots.find(({ node }) => node.id === best); dot !== undefined; dot = dot.parent) wayToBest.add(dot);
  const anyUnscored = dots.some(({ y: at }) => at === unscoredY);
  const band = (right - left) / layers.length;
  const every = Math.ceil(layers.length / 12);
  const radius = dots.length > 120 ? 3 : dots.length > 40 ? 4 : 5;
  return markup`<figure>
    <figcaption>
      <h3>Ideas by depth and trust</h3>
      <p class="legend">
        <span class="key stable">stable</span> <span class="key shaky">not stable</span> <span class="key seed">seed</span>
        ${report.ideas.some((idea) => idea.method === 'blend') && markup`<span class="key ring">blend</span>`}
        ${anyUnscored && markup`<span class="key none">no score</span>`}
      </p>
    </figcaption>
    <svg viewBox="0 0 ${width} 312" role="img" aria-label="Every idea by depth and trust, joined to its parent">
      ${ticks(low, high).map(
        (tick) =>
          markup`<line class="grid" x1="${left}" x2="${right}" y1="${y(tick)}" y2="${y(tick)}" />
            <text class="tick" x="${left - 8}" y="${y(tick) + 4}" text-anchor="end">${tick}</text>`,
      )}
      ${layers.map(
        (_, depth) =>
          depth % every === 0 &&
          markup`<text class="tick" x="${fixed(left + band * (depth + 0.5))}" y="300" text-anchor="middle">${depth === 0 ? 'seed' : depth}</text>`,
      )}
      ${dots.map((dot) => dot.parent !== undefined && !wayToBest.has(dot) && edge(dot, dot.parent, 'edge'))}
      ${[...wayToBest].map((dot) => dot.parent !== undefined && edge(dot, dot.parent, 'edge strong'))}
      ${dots.map((dot) => mark(dot, dot.node.id === best ? radius + 3 : radius))}
    </svg>
  </figure>`;
}

function edge(dot: Dot, parent: Dot, name: string): Html {
  const middle = fixed((parent.x + dot.x) / 2);
  return markup`<path class="${name}" d="M${parent.x},${parent.y}C${middle},${parent.y} ${middle},${dot.y} ${dot.x},${dot.y}" />`;
}

function mark({ node, x, y }: Dot, radius: number): Html {
  const title = markup`<title>${node.title} · ${node.status === 'seed' ? 'seed' : node.trust === undefined ? 'no score' : `trust ${score(node.trust)}`}</title>`;
  if (node.status === 'seed') {
    const r = radius + 1;
    return markup`<path class="dot seed" d="M${x},${y - r}L${x + r},${y}L${x},${y + r}L${x - r},${y}Z">${title}</path>`;
  }
  const state = node.trust === undefined ? 'none' : node.stable === true ? 'stable' : 'shaky';
  return markup`${node.method === 'blend' && markup`<circle class="ring" cx="${x}" cy="${y}" r="${radius + 3}" />`}
    <circle class="dot ${state}" cx="${x}" cy="${y}" r="${radius}">${title}</circle>`;
}

/** Seeds stand where the planner puts them, at 5; what has no score stands below the axis. */
function place(layers: readonly (readonly { node: TreeNode; parent?: TreeNode }[])[], y: (trust: number) => number): Dot[] {
  const placed = new Map<TreeNode, Dot>();
  const band = (right - left) / layers.length;
  layers.forEach((layer, depth) =>
    layer.forEach(({ node, parent }, i) => {
      const x = fixed(left + band * (depth + 0.12 + (0.76 * (i + 0.5)) / layer.length));
      const at = node.trust !== undefined ? y(node.trust) : node.status === 'seed' ? y(5) : unscoredY;
      placed.set(node, { node, x, y: at, parent: parent === undefined ? undefined : placed.get(parent) });
    }),
  );
  return [...placed.values()];
}

/** Nodes by their depth below the seeds, parents' order kept, so that edges seldom cross. */
function byDepth(roots: readonly TreeNode[]): { node: TreeNode; parent?: TreeNode }[][] {
  const layers: { node: TreeNode; parent?: TreeNode }[][] = [];
  let layer: { node: TreeNode; parent?: TreeNode }[] = roots.map((node) => ({ node }));
  while (layer.length > 0) {
    layers.push(layer);
    layer = layer.flatMap(({ node }) => node.children.map((child) => ({ node: child, parent: node })));
  }
  return layers;
}

function ticks(low: number, high: number): number[] {
  return Array.from({ length: 11 }, (_, tick) => tick).filter((tick) => tick >= low && tick <= high && (high - low <= 6 || tick % 2 === 0));
}

const fixed = (value: number): number => Math.round(value * 10) / 10;
