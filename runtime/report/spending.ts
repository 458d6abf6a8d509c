import type { JournalEntry } from '../domain/effect.ts';
import { add, noResources, type Resources } from '../domain/resources.ts';
import type { ModelSpending, ReportStage, StageSpending } from './schema.ts';
import { reportStages } from './schema.ts';

/** Which stage each call belongs to; its repair belongs to the same. The name outlives the pruning of prompts. */
const stageOfCall: Readonly<Record<string, ReportStage>> = {
  vary: 'exploration',
  blend: 'exploration',
  judge: 'critique',
  rejudge: 'critique',
  decide: 'analysis',
  write: 'synthesis',
  rewrite: 'synthesis',
};

export function stageOf(entry: Pick<JournalEntry, 'kind' | 'name'>): ReportStage {
  if (entry.kind === 'embed') return 'embedding';
  if (entry.kind === 'sandbox') return 'sandbox';
  return stageOfCall[entry.name.replace(/-repair$/, '')] ?? 'other';
}

/** What an effect was answered by: the model that is charged, else the last one that was tried. */
export function modelOf(entry: JournalEntry): string | undefined {
  if (entry.kind === 'sandbox') return undefined;
  return entry.model ?? entry.calls.at(-1)?.model;
}

interface Row {
  effects: number;
  refused: number;
  usage: Resources;
}

/** The journal summed up by stage, in the order of the stages. */
export function spendingByStage(journal: readonly JournalEntry[]): StageSpending[] {
  const rows = sums(journal, stageOf);
  return reportStages.flatMap((stage) => {
    const row = rows.get(stage);
    return row === undefined ? [] : [{ stage, ...row }];
  });
}

/** The journal summed up by answering model, the dearest first. Effects that no model took are left out. */
export function spendingByModel(journal: readonly JournalEntry[]): ModelSpending[] {
  return [...sums(journal, modelOf)]
    .map(([model, row]) => ({ model, ...row }))
    .sort((a, b) => b.usage.costMicroUsd - a.usage.costMicroUsd || b.usage.llmCalls - a.usage.llmCalls || (a.model < b.model ? -1 : 1));
}

function sums<Key>(journal: readonly JournalEntry[], keyOf: (entry: JournalEntry) => Key | undefined): Map<Key, Row> {
  const rows = new Map<Key, Row>();
  for (const entry of journal) {
    const key = keyOf(entry);
    if (key === undefined) continue;
    const row = rows.get(key) ?? { effects: 0, refused: 0, usage: noResources };
    row.effects += 1;
    if (entry.state === 'refused') row.refused += 1;
    row.usage = add(row.usage, entry.usage);
    rows.set(key, row);
  }
  return rows;
}
