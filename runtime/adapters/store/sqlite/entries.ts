import type { JournalEntry } from '../../../domain/effect.ts';
import { parse } from '../rows.ts';
import type { JournalRow } from '../rules/journal.ts';
import { unpack } from './packed.ts';

export interface EntryRow {
  readonly entry: string;
  readonly request: string | Uint8Array | null;
  readonly result: string | Uint8Array | null;
  readonly kept: string;
}
export function entryOf(row: Omit<EntryRow, 'kept'>): JournalEntry {
  return {
    ...parse<JournalEntry>(row.entry),
    ...(row.request === null ? {} : { request: unpack(row.request) as NonNullable<JournalEntry['request']> }),
    ...(row.result === null ? {} : { result: unpack(row.result) as NonNullable<JournalEntry['result']> }),
  };
}
export const journalRowOf = (row: EntryRow): JournalRow => ({ entry: entryOf(row), ...parse<Omit<JournalRow, 'entry'>>(row.kept) });
