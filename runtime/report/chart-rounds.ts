import { amountOf } from './sentences.ts';
import { score, usd } from './format.ts';
import { type Html, markup } from './html-template.ts';
import type { Report, ReportRound } from './schema.ts';

const width = 480;
const left = 34;
const right = width - 12;
const top = 14;
const bottom = 196;
const barTop = 12;
const barBottom = 72;

/** Best trust and mean novelty of each round, and below it what the round cost. Absent before the first round. */
export function roundsChart({ rounds, session }: Report): Html | undefined {
  if (rounds.length === 0) return undefined;
  const step = (right - left) / rounds.length;
  const x = (i: number): number => fixed(left + step * (i + 0.5));
  const y = (value: number): number => fixed(bottom - ((bottom - top) * value) / 10);
  const target = session.policy.targetTrust;
  const every = Math.ceil(rounds.length / 12);
  return markup`<figure>
    <figcaption>
      <h3>Rounds</h3>
      <p class="legend"><span class="key trust">best trust</span> <span class="key novel">mean novelty</span></p>
    </figcaption>
    <svg viewBox="0 0 ${width} 222" role="img" aria-label="Best trust and mean novelty by round">
      ${[0, 2, 4, 6, 8, 10].map(
        (tick) =>
          markup`<line class="grid" x1="${left}" x2="${right}" y1="${y(tick)}" y2="${y(tick)}" />
            <text class="tick" x="${left - 8}" y="${y(tick) + 4}" text-anchor="end">${tick}</text>`,
      )}
      <line class="target" x1="${left}" x2="${right}" y1="${y(target)}" y2="${y(target)}" />
      <text class="tick" x="${right}" y="${y(target) - 5}" text-anchor="end">target ${score(target, 1)}</text>
      ${series('novel', rounds, (round) => round.meanNovel, x, y)} ${series('trust', rounds, (round) => round.bestTrust, x, y)}
      ${rounds.map(
        (round, i) =>
          i % every === 0 &&
          markup`<text class="tick" x="${x(i)}" y="216" text-anchor="middle">${round.round}${round.cause === 'stagnation' && '*'}</text>`,
      )}
    </svg>
    ${costBars(rounds, step)}
    ${
      rounds.some((round) => round.cause === 'stagnation') &&
      markup`<p class="note">* opened because the rounds before brought nothing better or nothing new</p>`
    }
  </figure>`;
}

type Scale = (value: number) => number;

function series(name: string, rounds: readonly ReportRound[], of: (round: ReportRound) => number | undefined, x: Scale, y: Scale): Html {
  const points = rounds.flatMap((round, i) => {
    const value = of(round);
    return value === undefined ? [] : [{ round: round.round, value, x: x(i), y: y(value) }];
  });
  const line = points.map((point) => `${point.x},${point.y}`).join(' ');
  const radius = rounds.length > 40 ? 2.5 : 4;
  return markup`<g class="${name}">
    ${points.length > 1 && markup`<polyline points="${line}" />`}
    ${points.map(
      (point) =>
        markup`<circle cx="${point.x}" cy="${point.y}" r="${radius}"><title>round ${point.round}: ${score(point.value)}</title></circle>`,
    )}
  </g>`;
}

/** Money where any was spent, else model calls. */
function costBars(rounds: readonly ReportRound[], step: number): Html {
  const resource = rounds.some((round) => round.spent.costMicroUsd > 0) ? 'costMicroUsd' : 'llmCalls';
  const greatest = Math.max(1, ...rounds.map((round) => round.spent[resource]));
  const dearest = rounds.find((round) => round.spent[resource] === greatest);
  const bar = Math.min(44, step * 0.62);
  const label = resource === 'costMicroUsd' ? 'cost' : 'model calls';
  return markup`<svg viewBox="0 0 ${width} 84" role="img" aria-label="${label} by round">
    <text class="tick" x="0" y="10">${label}</text>
    <line class="grid" x1="${left}" x2="${right}" y1="${barBottom}" y2="${barBottom}" />
    ${rounds.map((round, i) => {
      const value = round.spent[resource];
      const height = fixed(((barBottom - barTop - 14) * value) / greatest);
      const center = fixed(left + step * (i + 0.5));
      const text = resource === 'costMicroUsd' ? usd(value) : amountOf(resource, value);
      return markup`<rect class="bar" x="${fixed(center - bar / 2)}" y="${fixed(barBottom - height)}" width="${fixed(bar)}" height="${height}" rx="2">
          <title>round ${round.round}: ${text}</title>
        </rect>
        ${(rounds.length <= 6 || (value === greatest && round === dearest)) && markup`<text class="tick" x="${center}" y="${fixed(barBottom - height - 4)}" text-anchor="middle">${text}</text>`}`;
    })}
  </svg>`;
}

const fixed = (value: number): number => Math.round(value * 10) / 10;
