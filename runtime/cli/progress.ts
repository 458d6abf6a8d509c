import type { LevelSummary } from '../domain/level.ts';
import type { Signal } from '../domain/signal.ts';
import type { SessionView } from '../engine/session-view.ts';
import { duration, plural, score, usd } from '../report/format.ts';
import { plainLine } from '../report/plain-text.ts';
import { cutTo } from './table.ts';
import type { Cli } from './command.ts';

/** What the running line shows, as told by the session's signals and, for what only the store knows, by its view. */
export interface ProgressState {
  readonly round: number;
  readonly rounds: number;
  readonly ideas: number;
  readonly scored: number;
  readonly best?: { readonly trust: number; readonly title: string };
  readonly calls: { readonly spent: number; readonly limit: number };
  readonly microUsd: { readonly spent: number; readonly limit: number };
}

export function progressOf(view: SessionView): ProgressState {
  const { progress, budget, policy, best } = view;
  return {
    ...{ round: progress.round, rounds: policy.rounds, ideas: progress.ideas, scored: progress.scored },
    ...(best === undefined ? {} : { best: { trust: best.trust, title: best.title } }),
    ...{ calls: budget.llmCalls, microUsd: budget.costMicroUsd },
  };
}

/** `round 2/5 · ideas 6 · scored 4 · best 6.02 "…" · calls 11/120 · $0.004/1.00 · 00:31` */
export function progressLine(state: ProgressState, elapsedMs: number, columns: number): string {
  const { round, rounds, ideas, scored, best, calls, microUsd } = state;
  const head = `round ${round}/${Math.max(rounds, round)} · ideas ${ideas} · scored ${scored}`;
  const tail = ` · calls ${calls.spent}/${calls.limit} · ${usd(microUsd.spent)}/${usd(microUsd.limit).slice(1)} · ${duration(elapsedMs)}`;
  if (best === undefined) return cutTo(head + tail, columns);
  const trust = ` · best ${score(best.trust)}`;
  const room = columns - head.length - trust.length - tail.length - 3;
  const title = room >= 8 ? ` "${cutTo(plainLine(best.title), Math.min(room, 48))}"` : '';
  return cutTo(head + trust + title + tail, columns);
}

/** What became of a level, when it closes. */
export function levelLine(level: LevelSummary, bestTitle: string | undefined): string {
  const { round, cause, ideas, scored, stable, nearDuplicates, bestTrust, meanNovel } = level;
  return [
    `round ${round}${cause === 'stagnation' ? ' (against stagnation)' : ''}`,
    `${plural(ideas, 'idea')}, ${scored} scored, ${stable} stable`,
    ...(bestTrust === undefined
      ? ['nothing scored']
      : [`best ${score(bestTrust)}${bestTitle === undefined ? '' : ` "${plainLine(bestTitle)}"`}`]),
    ...(meanNovel === undefined ? [] : [`novelty ${score(meanNovel, 1)}`]),
    ...(nearDuplicates > 0 ? [plural(nearDuplicates, 'near duplicate')] : []),
  ].join(' · ');
}

/** Not more often than this for signals that come in a burst. */
const redrawMs = 100;

export interface Progress {
  /** A line that stays. */
  say(line: string): void;
  /** The same, said even when quiet. */
  warn(line: string): void;
  /** Takes note of a signal; a closed level becomes a line. */
  see(signal: Signal): void;
  update(state: ProgressState): void;
  /** Takes the running line away. */
  stop(): void;
}

/** On a terminal a line that is redrawn below what was said; elsewhere only what stays. When quiet, warnings alone. */
export function createProgress(
  { err, terminal }: Pick<Cli, 'err' | 'terminal'>,
  options: { quiet: boolean; startedAtMs: number; now?: () => number },
): Progress {
  const { quiet, startedAtMs, now = Date.now } = options;
  const redraws = terminal.redraws && !quiet;
  const titles = new Map<string, string>();
  const trusts = new Map<string, number>();
  let state: ProgressState | undefined;
  let drawnAt: number | undefined;
  const clear = (): void => {
    if (drawnAt !== undefined) err('\r\u001b[K');
    drawnAt = undefined;
  };
  const draw = (): void => {
    if (!redraws || state === undefined) return;
    clear();
    err(progressLine(state, now() - startedAtMs, terminal.columns() - 1));
    drawnAt = now();
  };
  const warn = (line: string): void => {
    clear();
    err(`${line}\n`);
    draw();
  };
  const say = (line: string): void => {
    if (!quiet) warn(line);
  };
  /** Signals run ahead of the view, which is looked up now and then. */
  const count = (): void => {
    if (state === undefined) return;
    const { ideas, scored } = state;
    const [best] = [...trusts].sort(([, a], [, b]) => b - a);
    state = {
      ...{ ...state, ideas: Math.max(ideas, titles.size), scored: Math.max(scored, trusts.size) },
      ...(best === undefined ? {} : { best: { trust: best[1], title: titles.get(best[0]) ?? '' } }),
    };
  };
  const ticking = redraws ? setInterval(draw, 1000) : undefined;
  ticking?.unref();
  return {
    say,
    warn,
    see(signal) {
      if (signal.type === 'idea.generated' || signal.type === 'idea.catalyzed') {
        const { ideaId, title } = (signal as Signal<'idea.generated'>).data;
        titles.set(ideaId, title);
      } else if (signal.type === 'idea.assessed') {
        const { ideaId, trust } = (signal as Signal<'idea.assessed'>).data;
        if (trust !== undefined) trusts.set(ideaId, trust);
      } else if (signal.type === 'level.assessed') {
        const level = (signal as Signal<'level.assessed'>).data;
        say(levelLine(level, level.bestIdeaId === undefined ? undefined : titles.get(level.bestIdeaId)));
      }
      count();
      if (drawnAt === undefined || now() - drawnAt > redrawMs) draw();
    },
    update(next) {
      state = next;
      count();
      draw();
    },
    stop() {
      clearInterval(ticking);
      clear();
      state = undefined;
    },
  };
}
