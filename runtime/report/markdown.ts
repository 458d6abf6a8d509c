import { criteria } from '../domain/assessment.ts';
import { resourceNames } from '../domain/resources.ts';
import type { TreeNode } from '../engine/idea-tree.ts';
import { compact, count, duration, moment, plural, score, usd } from './format.ts';
import { evidenceWords, origin } from './html-ideas.ts';
import { plainLine, plainText } from './plain-text.ts';
import type { Report, ReportExperiment, ReportIdea } from './schema.ts';
import { amountOf, ending, modelNotices, resourceWords, stageWords, verdict } from './sentences.ts';

/** The report as CommonMark with tables. Nothing that a model wrote is read as Markdown or HTML. */
export function renderMarkdown(report: Report): string {
  const { session, ideas, experiments, nearDuplicates, dead, rounds, tree } = report;
  const scored = ideas.filter((idea) => idea.rank !== undefined);
  const unscored = ideas.filter((idea) => idea.rank === undefined);
  const blocks: readonly (readonly string[])[] = [
    [`# ${inline(session.objective)}`, `**${verdict(session)}.** ${inline(ending(report))}`],
    [...modelNotices(report).map((notice) => `> ${inline(notice)}`), ['', ...facts(report)].join('\n').trim()],
    rounds.length === 0 ? [] : ['## Rounds', roundsTable(report)],
    ['## Ranked ideas', ...(scored.length === 0 ? ['No idea has a score.'] : scored.flatMap(ideaBlocks))],
    tree.length === 0 ? [] : ['## What grew from what', treeLines(tree).join('\n')],
    experiments.length === 0 ? [] : ['## Experiments', ...experiments.flatMap(experimentBlocks)],
    unscored.length === 0 ? [] : ['## Without a score', unscored.map(unscoredLine).join('\n')],
    nearDuplicates.length === 0
      ? []
      : [
          '## Near duplicates',
          nearDuplicates
            .map(({ idea, round, count: dropped }) => `- ${plural(dropped, 'variation')} of ${inline(idea.title)} (round ${round})`)
            .join('\n'),
        ],
    ['## Spending', ...spendingTables(report)],
    dead.length === 0
      ? []
      : [
          '## Given up',
          dead.map((item) => `- ${item.mechanism}: ${inline(item.message)} (${item.code}, ${plural(item.attempts, 'attempt')})`).join('\n'),
        ],
  ];
  return `${blocks.flat().filter(Boolean).join('\n\n')}\n`;
}

/** One line in which no sign has a meaning, and no address becomes a link. */
function inline(text: string): string {
  return plainLine(text)
    .replace(/[\\`*_{}[\]<>#|~&!]/g, '\\$&')
    .replace(/^([-+=]|\d+(?=[.)]))/, (start) => (/\d/.test(start) ? `${start}\\` : `\\${start}`))
    .replace(/:\/\//g, ':\\//')
    .replace(/\bwww\./gi, 'www\\.');
}

/** A text of several lines as a quotation. */
const quotation = (text: string): string =>
  plainText(text)
    .split('\n')
    .map((line) => `> ${inline(line)}`.trimEnd())
    .join('\n');

/** A code block whose fence is longer than any in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${plainText(text)}\n${fence}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

function facts({ session, totals, models, spending: { accounts } }: Report): string[] {
  return [
    `- Session ${inline(session.id)}, begun ${moment(session.createdAt)}${session.durationMs === undefined ? '' : `, ran ${duration(session.durationMs)}`}`,
    `- ${plural(totals.ideas, 'idea')}: ${count(totals.scored)} scored, ${count(totals.stable)} stable, ${count(totals.unscored)} without a score; ${plural(totals.nearDuplicates, 'near duplicate')} refused`,
    `- ${plural(totals.rounds, 'round')}, deepest idea at ${totals.depth}, strategy ${session.policy.strategy}, target trust ${score(session.policy.targetTrust, 1)}`,
    `- ${count(accounts.llmCalls.spent)} of ${count(accounts.llmCalls.limit)} model calls, ${usd(accounts.costMicroUsd.spent)} of ${usd(accounts.costMicroUsd.limit)}`,
    `- Written by ${inline(models.wrote.join(', ') || 'no one yet')}, judged by ${inline(models.judged.join(', ') || 'no one yet')}`,
    ...session.seeds.map((seed) => `- Seed: ${inline(seed.text)}`),
  ];
}

function roundsTable({ rounds }: Report): string {
  return table(
    ['round', 'ideas', 'scored', 'stable', 'near duplicates', 'best trust', 'mean novelty', 'calls', 'cost'],
    rounds.map((round) => [
      `${round.round}${round.cause === 'stagnation' ? ' (stagnation)' : ''}${round.open ? ' (open)' : ''}`,
      ...[round.ideas, round.scored, round.stable, round.nearDuplicates].map(count),
      ...[score(round.bestTrust), score(round.meanNovel), count(round.spent.llmCalls), usd(round.spent.costMicroUsd)],
    ]),
  );
}

function ideaBlocks(idea: ReportIdea): string[] {
  const { axes } = idea;
  const judged = idea.judges.length === 0 ? '' : ` Judged by ${inline(idea.judges.join(', '))}.`;
  const evidence = idea.evidence === undefined ? '' : ` Its experiment ${evidenceWords[idea.evidence]}.`;
  return [
    `### ${idea.rank}\\. ${inline(idea.title)}`,
    `**trust ${score(idea.trust)}**${idea.stable === true ? ', stable' : `, not stable (${idea.rejection.join(', ')})`} · align ${score(axes.align, 1)} · feas ${score(axes.feas, 1)} · novel ${score(axes.novel, 1)}`,
    quotation(idea.text),
    ...idea.critiques.flatMap(({ weaknesses, rationale, grades }) => [
      weaknesses.map((weakness) => `- Weakness: ${inline(weakness)}`).join('\n'),
      `Rationale: ${inline(rationale)} (${criteria.map((name) => `${name} ${grades[name]}`).join(', ')})`,
    ]),
    `From ${[...idea.lineage.map(({ title }) => inline(title)), 'this'].join(' → ')}. ${inline(origin(idea))}${judged}${evidence} ${inline(idea.id)}`,
  ];
}

function treeLines(nodes: readonly TreeNode[], indent = ''): string[] {
  return nodes.flatMap((node) => [
    `${indent}- ${node.status === 'seed' ? 'seed' : score(node.trust)} ${inline(node.title)}${node.method === 'blend' ? ' (blend)' : ''}`,
    ...treeLines(node.children, `${indent}  `),
  ]);
}

function experimentBlocks({ idea, claim, attempt, outcome, result, failure, evidence, code }: ReportExperiment): string[] {
  return [
    `### ${inline(claim)}`,
    `For ${inline(idea.title)}, attempt ${attempt}: ${outcome}${evidence === undefined ? '' : `, ${evidenceWords[evidence]}`}${failure === undefined ? '' : ` (${failure.code})`}.`,
    fenced(code),
    ...(result === undefined ? [] : [fenced(JSON.stringify(result, null, 2))]),
    ...(failure === undefined ? [] : [fenced(failure.detail)]),
  ];
}

function unscoredLine(idea: ReportIdea): string {
  const why = idea.status === 'waiting' ? 'not judged yet' : `${inline(idea.explanation ?? 'unknown')} (${inline(idea.reason ?? '')})`;
  return `- ${inline(idea.title)}, round ${idea.round}: ${why}`;
}

function spendingTables({ spending: { accounts, byStage, byModel } }: Report): string[] {
  const used = resourceNames.filter((name) => accounts[name].spent > 0 || accounts[name].lost > 0);
  const breakdown = (by: string, rows: readonly (Omit<(typeof byStage)[number], 'stage'> & { name: string })[]): string[] =>
    rows.length === 0
      ? []
      : [
          table(
            [`by ${by}`, 'requests', 'model calls', 'tokens in', 'tokens out', 'embeddings', 'cost'],
            rows.map(({ name, effects, usage }) => [
              inline(name),
              ...[count(effects), count(usage.llmCalls), compact(usage.inputTokens), compact(usage.outputTokens)],
              ...[count(usage.embeddings), usd(usage.costMicroUsd)],
            ]),
          ),
        ];
  return [
    table(
      ['resource', 'spent', 'limit', 'lost'],
      used.map((name) => [resourceWords[name], ...(['spent', 'limit', 'lost'] as const).map((key) => amountOf(name, accounts[name][key]))]),
    ),
    ...breakdown('stage', byStage.map((row) => ({ ...row, name: stageWords[row.stage] }))), // prettier-ignore
    ...breakdown('model', byModel.map((row) => ({ ...row, name: row.model }))), // prettier-ignore
  ];
}
