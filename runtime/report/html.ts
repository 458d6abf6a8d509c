import { createHash } from 'node:crypto';
import { ideaMap } from './chart-map.ts';
import { roundsChart } from './chart-rounds.ts';
import { compact, count, duration, moment, score, usd } from './format.ts';
import { ideaCards, ideaTreeList } from './html-ideas.ts';
import { deadTable, experimentCards, nearDuplicateList, provenance, roundsTable, spendingTables, unscoredTable } from './html-sections.ts';
import { reportStyle } from './html-style.ts';
import { type Html, markup, trusted } from './html-template.ts';
import type { Report } from './schema.ts';
import { ending, modelNotices, verdict } from './sentences.ts';

/** Nothing may run and nothing may be fetched: only this style sheet, known by its digest, takes effect. */
export const reportPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(reportStyle).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** One page that stands alone: no script, nothing fetched, everything that a model wrote escaped. */
export function renderHtml(report: Report): string {
  const { session } = report;
  const sections = sectionsOf(report);
  const page = markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${reportPolicy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>${session.objective.slice(0, 90)} · NIREON</title>
        ${trusted(`<style>${reportStyle}</style>`)}
      </head>
      <body>
        <main>
          ${head(report)}
          <nav aria-label="Contents">${sections.map(({ id, title }) => markup`<a href="#${id}">${title}</a>`)}</nav>
          ${sections.map(
            ({ id, title, body }) =>
              markup`<section>
                <h2 id="${id}">${title}</h2>
                ${body}
              </section>`,
          )}
          <footer>Trust is a weighted mean of align, feas and novel, each 1 to 10; stable means above the thresholds of its rule set. Made by NIREON.</footer>
        </main>
      </body>
    </html>`;
  return `${page.text}\n`;
}

function head(report: Report): Html {
  const { session } = report;
  const best = report.ideas.find((idea) => idea.rank === 1);
  const badge = session.reason === undefined ? 'warn' : session.reason === 'failed' || session.reason === 'cancelled' ? 'bad' : 'good';
  return markup`<header>
    <p class="brand"><b>NIREON</b> <span>${moment(session.createdAt)}</span> <span class="id">${session.id}</span></p>
    <h1 class="objective" dir="auto">${session.objective}</h1>
    <p class="ending"><span class="badge ${badge}">${verdict(session)}</span> <span>${ending(report)}</span></p>
    ${best !== undefined && markup`<p class="best" dir="auto">Best idea: <a href="#${best.id}">${best.title}</a></p>`}
    ${modelNotices(report).map((notice) => markup`<p class="notice">${notice}</p>`)} ${tiles(report)}
  </header>`;
}

function tiles({ totals, spending: { accounts }, session, ideas }: Report): Html {
  const tile = (name: string, value: string, note: string): Html =>
    markup`<div>
      <dt>${name}</dt>
      <dd>${value}<small>${note}</small></dd>
    </div>`;
  return markup`<dl class="tiles">
    ${tile('Best trust', score(ideas[0]?.trust), `target ${score(session.policy.targetTrust, 1)}`)}
    ${tile('Ideas', count(totals.ideas), `${count(totals.scored)} scored, ${count(totals.stable)} stable`)}
    ${tile('Rounds', count(totals.rounds), `deepest idea at ${totals.depth}`)}
    ${tile('Model calls', count(accounts.llmCalls.spent), `of ${count(accounts.llmCalls.limit)}`)}
    ${tile('Tokens', compact(accounts.inputTokens.spent + accounts.outputTokens.spent), `${compact(accounts.outputTokens.spent)} of them written`)}
    ${tile('Cost', usd(accounts.costMicroUsd.spent), `of ${usd(accounts.costMicroUsd.limit)}`)}
    ${session.durationMs !== undefined && tile('Time', duration(session.durationMs), `limit ${duration(session.policy.deadlineMs)}`)}
  </dl>`;
}

interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

function sectionsOf(report: Report): Section[] {
  const { ideas, experiments, nearDuplicates, dead, rounds, tree } = report;
  const scored = ideas.filter((idea) => idea.rank !== undefined);
  const nothing = markup`<p class="card soft">No idea has a score${report.session.status === 'finished' ? '.' : ' yet.'}</p>`;
  const section = (shown: boolean, id: string, title: string, body: () => Html): Section[] => (shown ? [{ id, title, body: body() }] : []);
  return [
    ...section(
      rounds.length > 0,
      'rounds',
      'How it went',
      () => markup`<div class="charts">${roundsChart(report)}${ideaMap(report)}</div>`,
    ),
    ...section(true, 'ideas', 'Ranked ideas', () => (scored.length > 0 ? ideaCards(scored) : nothing)),
    ...section(tree.length > 0, 'lineage', 'What grew from what', () => markup`<div class="card">${ideaTreeList(tree)}</div>`),
    ...section(experiments.length > 0, 'experiments', 'Experiments', () => experimentCards(report)),
    ...section(scored.length < ideas.length, 'unscored', 'Without a score', () => unscoredTable(report)),
    ...section(nearDuplicates.length > 0, 'near-duplicates', 'Near duplicates', () => nearDuplicateList(report)),
    ...section(rounds.length > 0, 'by-round', 'Round by round', () => roundsTable(report)),
    ...section(true, 'spending', 'Spending', () => spendingTables(report)),
    ...section(dead.length > 0, 'dead', 'Given up', () => deadTable(report)),
    ...section(true, 'provenance', 'How this was made', () => provenance(report)),
  ];
}
