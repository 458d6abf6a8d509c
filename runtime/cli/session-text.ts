import type { Ranked, SessionView } from '../engine/session-view.ts';
import { count, duration, moment, plural, score, usd } from '../report/format.ts';
import { plainLine } from '../report/plain-text.ts';
import { verdict } from '../report/sentences.ts';
import { table } from './table.ts';

/** The best ideas as `# trust ok align feas novel depth id title`. */
export function rankingText(ideas: readonly Ranked[], width?: number): string {
  const right = (head: string) => ({ head, align: 'right' as const });
  return table(
    [
      ...['#', 'trust'].map(right),
      { head: 'ok' },
      ...['align', 'feas', 'novel', 'depth'].map(right),
      { head: 'id' },
      { head: 'title', flexible: true },
    ],
    ideas.map(({ trust, stable, axes, depth, ideaId, title }, i) => [
      ...[String(i + 1), score(trust), stable ? 'ok' : '-', score(axes.align, 1), score(axes.feas, 1), score(axes.novel, 1)],
      ...[String(depth), ideaId, title],
    ]),
    width,
  );
}

/** Why it ended and what it came to, in two lines. */
export function outcomeText(view: SessionView): string {
  const { progress, budget, reason, code } = view;
  const why = reason === undefined ? verdict(view).toLowerCase() : `${reason}${code === undefined ? '' : ` (${code})`}`;
  const refused = progress.nearDuplicates > 0 ? `, ${plural(progress.nearDuplicates, 'near duplicate')} refused` : '';
  const unscored = progress.unscored > 0 ? `, ${progress.unscored} without a score` : '';
  return [
    `${why} after ${plural(progress.round, 'round')}: ${plural(progress.ideas, 'idea')}, ${progress.scored} scored${unscored}, ${progress.stable} stable${refused}`,
    `spent ${spentText(budget)}${elapsed(view)}`,
  ].join('\n');
}

function spentText(budget: SessionView['budget']): string {
  const { llmCalls, inputTokens, outputTokens, costMicroUsd, protoRuns } = budget;
  const programs = protoRuns.spent > 0 ? `, ${plural(protoRuns.spent, 'program run')}` : '';
  return `${count(llmCalls.spent)} of ${plural(llmCalls.limit, 'model call')}, ${count(inputTokens.spent)} tokens in, ${count(outputTokens.spent)} out${programs}, ${usd(costMicroUsd.spent)} of ${usd(costMicroUsd.limit)}`;
}

function elapsed({ createdAt, finishedAt }: SessionView): string {
  if (finishedAt === undefined) return '';
  const ms = Date.parse(finishedAt) - Date.parse(createdAt);
  return ms < 1000 ? ' in less than a second' : ` in ${duration(ms)}`;
}

/** Everything about one session that fits a terminal. */
export function sessionText(view: SessionView, width?: number): string {
  const { policy, labels } = view;
  const labelText = Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(', '); // prettier-ignore
  const facts: readonly (readonly [string, string])[] = [
    ['session', view.id],
    ['objective', view.objective],
    ['status', view.status],
    [
      'begun',
      `${moment(view.createdAt)}${view.finishedAt === undefined ? `, ends by ${moment(view.deadlineAt)}` : `, ended ${moment(view.finishedAt)}`}`,
    ],
    [
      'policy',
      `${policy.strategy}, depth ${policy.depth}, ${plural(policy.variations, 'variation')}, ${plural(policy.rounds, 'round')}, target ${policy.targetTrust}`,
    ],
    ...(labelText === '' ? [] : [['labels', labelText] as const]),
  ];
  const head = facts.map(([name, value]) => `${name.padEnd(10)} ${plainLine(value)}\n`).join('');
  return `${head}\n${outcomeText(view)}\n${view.top.length === 0 ? '' : `\n${rankingText(view.top, width)}`}`;
}

/** One line a session. */
export function sessionsText(views: readonly SessionView[], width?: number): string {
  const right = (head: string) => ({ head, align: 'right' as const });
  return table(
    [
      { head: 'session' },
      { head: 'state' },
      ...['best', 'ideas', 'calls', 'cost'].map(right),
      { head: 'begun' },
      { head: 'objective', flexible: true },
    ],
    views.map((view) => [
      ...[view.id, view.reason ?? view.status, score(view.best?.trust), count(view.progress.ideas), count(view.budget.llmCalls.spent)],
      ...[usd(view.budget.costMicroUsd.spent), moment(view.createdAt), view.objective],
    ]),
    width,
  );
}
