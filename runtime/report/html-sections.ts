import { resourceNames } from '../domain/resources.ts';
import { compact, count, moment, plural, score, usd } from './format.ts';
import { evidenceWords } from './html-ideas.ts';
import { type Html, markup } from './html-template.ts';
import type { Report, ReportExperiment, StageSpending } from './schema.ts';
import { amountOf, resourceWords, stageWords } from './sentences.ts';

export function roundsTable({ rounds }: Report): Html {
  return markup`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th>round</th>
          <th>ideas</th>
          <th>scored</th>
          <th>stable</th>
          <th>near duplicates</th>
          <th>best trust</th>
          <th>mean novelty</th>
          <th>calls</th>
          <th>cost</th>
          <th class="words">best idea</th>
        </tr>
      </thead>
      <tbody>
        ${rounds.map(
          (round) =>
            markup`<tr>
              <td>${round.round}${round.cause === 'stagnation' && '*'}${round.open && ' (open)'}</td>
              <td>${round.ideas}</td>
              <td>${round.scored}</td>
              <td>${round.stable}</td>
              <td>${round.nearDuplicates}</td>
              <td>${score(round.bestTrust)}</td>
              <td>${score(round.meanNovel)}</td>
              <td>${count(round.spent.llmCalls)}</td>
              <td>${usd(round.spent.costMicroUsd)}</td>
              <td class="words" dir="auto">${round.best?.title ?? '–'}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

export function spendingTables({ spending }: Report): Html {
  const used = resourceNames.filter((name) => spending.accounts[name].spent > 0 || spending.accounts[name].lost > 0);
  return markup`<div class="stack">
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>resource</th>
            <th>spent</th>
            <th>limit</th>
            <th>used</th>
            <th>lost</th>
          </tr>
        </thead>
        <tbody>
          ${used.map((name) => {
            const { limit, spent, lost } = spending.accounts[name];
            return markup`<tr>
              <th>${resourceWords[name]}</th>
              <td>${amountOf(name, spent)}</td>
              <td>${amountOf(name, limit)}</td>
              <td>${limit > 0 ? `${((100 * (spent + lost)) / limit).toFixed(0)} %` : '–'}</td>
              <td>${lost > 0 ? amountOf(name, lost) : '–'}</td>
            </tr>`;
          })}
        </tbody>
      </table>
    </div>
    ${breakdown(
      'stage',
      spending.byStage.map((row) => ({ ...row, name: stageWords[row.stage] })),
    )}
    ${breakdown(
      'model',
      spending.byModel.map((row) => ({ ...row, name: row.model })),
    )}
  </div>`;
}

function breakdown(by: string, rows: readonly (Omit<StageSpending, 'stage'> & { name: string })[]): Html | false {
  return (
    rows.length > 0 &&
    markup`<div class="scroll">
      <table>
        <thead>
          <tr>
            <th>by ${by}</th>
            <th>requests</th>
            <th>refused</th>
            <th>model calls</th>
            <th>tokens in</th>
            <th>tokens out</th>
            <th>embeddings</th>
            <th>cost</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ({ name, effects, refused, usage }) =>
              markup`<tr>
                <th dir="auto">${name}</th>
                <td>${count(effects)}</td>
                <td>${refused > 0 ? count(refused) : '–'}</td>
                <td>${count(usage.llmCalls)}</td>
                <td>${compact(usage.inputTokens)}</td>
                <td>${compact(usage.outputTokens)}</td>
                <td>${count(usage.embeddings)}</td>
                <td>${usd(usage.costMicroUsd)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`
  );
}

export function experimentCards({ experiments }: Report): Html {
  return markup`<div class="stack">${experiments.map(experimentCard)}</div>`;
}

function experimentCard({ idea, claim, attempt, outcome, ...rest }: ReportExperiment): Html {
  const grade = outcome === 'failed' ? 'bad' : rest.evidence === 'refutes' ? 'warn' : outcome === 'finished' ? 'good' : '';
  const words = outcome === 'finished' && rest.evidence !== undefined ? `finished, ${evidenceWords[rest.evidence]}` : outcome;
  return markup`<div class="card">
    <h3 dir="auto">${claim}</h3>
    <p class="meta" dir="auto">
      <span class="badge ${grade}">${words}</span> for <a href="#${idea.id}">${idea.title}</a>, ${rest.dialect}${attempt > 1 && `, attempt ${attempt}`}${
        rest.cpuMs !== undefined && `, ${(rest.cpuMs / 1000).toFixed(2)} s CPU`
      }
    </p>
    ${rest.result !== undefined && markup`<h4>Result</h4><pre dir="auto">${shortened(JSON.stringify(rest.result, null, 2))}</pre>`}
    ${rest.failure !== undefined && markup`<h4>${rest.failure.code}</h4><pre dir="auto">${shortened(rest.failure.detail)}</pre>`}
    <details>
      <summary class="soft">Program</summary>
      <pre dir="ltr">${rest.code}</pre>
    </details>
  </div>`;
}

const shortened = (text: string): string => (text.length > 4000 ? `${text.slice(0, 4000)}\n… (${count(text.length)} characters)` : text);

export function unscoredTable({ ideas }: Report): Html {
  return markup`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th>idea</th>
          <th>round</th>
          <th class="words">why it has no score</th>
        </tr>
      </thead>
      <tbody>
        ${ideas
          .filter((idea) => idea.rank === undefined)
          .map(
            (idea) =>
              markup`<tr id="${idea.id}">
                <td class="words" dir="auto">${idea.title}<br /><span class="id">${idea.id}</span></td>
                <td>${idea.round}</td>
                <td class="words">
                  ${idea.status === 'waiting' ? 'not judged yet' : markup`${idea.explanation ?? 'unknown'} <code>${idea.reason}</code>`}
                </td>
              </tr>`,
          )}
      </tbody>
    </table>
  </div>`;
}

export function nearDuplicateList({ nearDuplicates }: Report): Html {
  return markup`<div class="card">
    <p>These were refused before anyone paid for judging them: their text was known, or too close to an idea that was already there.</p>
    <ul>
      ${nearDuplicates.map(
        ({ idea, round, count: dropped }) =>
          markup`<li dir="auto">${plural(dropped, 'variation')} of ${idea.title} <span class="soft">round ${round}</span></li>`,
      )}
    </ul>
  </div>`;
}

export function deadTable({ dead }: Report): Html {
  return markup`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th>mechanism</th>
          <th class="words">what went wrong</th>
          <th>attempts</th>
        </tr>
      </thead>
      <tbody>
        ${dead.map(
          (item) =>
            markup`<tr>
              <td>${item.mechanism}</td>
              <td class="words" dir="auto">${item.message} <code>${item.code}</code></td>
              <td>${item.attempts}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

export function provenance({ session, models }: Report): Html {
  const { policy } = session;
  const rows: readonly (readonly [string, string])[] = [
    ['Session', session.id],
    ['Begun', moment(session.createdAt)],
    ['Ended', session.finishedAt === undefined ? 'not yet' : moment(session.finishedAt)],
    ['Ideas written by', models.wrote.join(', ') || 'no one yet'],
    ['Ideas judged by', models.judged.join(', ') || 'no one yet'],
    ['Strategy', `${policy.strategy}${policy.strategy === 'beam' ? ` of ${policy.beamWidth}` : ''}`],
    ['Depth, variations, rounds', `${policy.depth}, ${policy.variations}, ${policy.rounds}`],
    ['Target trust', score(policy.targetTrust, 1)],
    ['Experiments', policy.experiments ? 'allowed' : 'off'],
    ['Labels', Object.entries(session.labels).map(([key, value]) => `${key}=${value}`).join(', ') || 'none'], // prettier-ignore
    ['Rule set', session.ruleSet],
  ];
  return markup`<dl class="facts card">
    ${rows.map(
      ([name, value]) =>
        markup`<dt>${name}</dt>
          <dd dir="auto">${value}</dd>`,
    )}
  </dl>`;
}
