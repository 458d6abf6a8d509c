import type { Critique } from '../domain/assessment.ts';
import { criteria } from '../domain/assessment.ts';
import type { TreeNode } from '../engine/idea-tree.ts';
import { score } from './format.ts';
import { type Html, markup } from './html-template.ts';
import type { ReportIdea } from './schema.ts';

/** The scored ideas, best first; the first three lie open. */
export function ideaCards(ideas: readonly ReportIdea[]): Html {
  return markup`<ol class="ideas">
    ${ideas.map((idea, i) => markup`<li>${card(idea, i < 3)}</li>`)}
  </ol>`;
}

function card(idea: ReportIdea, open: boolean): Html {
  const { axes } = idea;
  return markup`<details class="idea${idea.stable === true && ' stable'}" id="${idea.id}" ${open && 'open'}>
    <summary>
      <span class="rank">${idea.rank}</span> <span class="trustscore">${score(idea.trust)}</span>
      <span class="title" dir="auto">${idea.title}</span>
      <span class="axes"
        ><span>align <b>${score(axes.align, 1)}</b></span> <span>feas <b>${score(axes.feas, 1)}</b></span>
        <span>novel <b>${score(axes.novel, 1)}</b></span></span
      >
    </summary>
    <div class="body">
      <p class="text" dir="auto">${idea.text}</p>
      ${idea.critiques.map((critique, i) => judgement(critique, idea.critiques.length > 1 ? ` ${i + 1}` : ''))}
      ${idea.rejection.length > 0 && markup`<p class="meta">Not stable because of: ${idea.rejection.join(', ')}.</p>`}
      <h4>Where it comes from</h4>
      <p class="lineage" dir="auto">
        ${idea.lineage.map((parent, i) => markup`${i > 0 && ' → '}${i === 0 ? parent.title : markup`<a href="#${parent.id}">${parent.title}</a>`}`)}
        → <b>this</b>
      </p>
      <p class="meta" dir="auto">${origin(idea)}</p>
      <p class="meta">
        ${idea.judges.length > 0 && `Judged by ${idea.judges.join(', ')}`}${(idea.revision ?? 1) > 1 && `, revision ${idea.revision}`}${
          idea.evidence !== undefined && `; its experiment ${evidenceWords[idea.evidence]}`
        }${idea.spread !== undefined && idea.critiques.length > 1 && `; judges differ by ${score(idea.spread)}`}.
        <span class="id">${idea.id}</span>
      </p>
    </div>
  </details>`;
}

export const evidenceWords = { supports: 'supports it', refutes: 'refutes it', inconclusive: 'decides nothing' } as const;

function judgement({ weaknesses, rationale, grades }: Critique, which: string): Html {
  return markup`<h4>Weaknesses${which}</h4>
    <ul>
      ${weaknesses.map((weakness) => markup`<li dir="auto">${weakness}</li>`)}
    </ul>
    <h4>Rationale${which}</h4>
    <p dir="auto">${rationale}</p>
    <dl class="grades">
      ${criteria.map(
        (name) =>
          markup`<div>
            <dt>${name}</dt>
            <dd aria-label="${grades[name]} of 4">${'●'.repeat(grades[name])}<i>${'●'.repeat(4 - grades[name])}</i></dd>
          </div>`,
      )}
    </dl>`;
}

/** How an idea was made, in a sentence. */
export function origin({ method, round, depth, direction, blend }: ReportIdea): string {
  const where = `Round ${round}, depth ${depth}`;
  if (blend !== undefined) return `${where}. Blended with ${blend.domain} (share ${score(blend.share)}).`;
  if (direction === undefined) return `${where}, ${method}.`;
  const away = direction.away.length === 0 ? '' : `, away from ${direction.away.join(', ')}`;
  return `${where}. Steered toward ${direction.toward.join(', ')}${away}; distance ${score(direction.distance)}, alignment ${score(direction.alignment)}.`;
}

/** What grew from what, as nested lists. */
export function ideaTreeList(roots: readonly TreeNode[], className = 'tree'): Html {
  return markup`<ul class="${className}">
    ${roots.map(
      (node) =>
        markup`<li>
          <span
            ><span class="pill${node.stable === true && ' stable'}">${node.status === 'seed' ? 'seed' : score(node.trust)}</span
            ><span dir="auto"
              >${node.trust === undefined ? node.title : markup`<a href="#${node.id}">${node.title}</a>`}
              ${node.method === 'blend' && markup`<span class="how">blend</span>`}
              ${node.status === 'unscored' && markup`<span class="how">no score</span>`}
              ${node.status === 'waiting' && markup`<span class="how">not judged yet</span>`}</span
            ></span
          >${node.children.length > 0 && ideaTreeList(node.children, '')}
        </li>`,
    )}
  </ul>`;
}
