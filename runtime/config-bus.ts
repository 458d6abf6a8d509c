import { z } from 'zod';
import { type StoreConfig, storeKind } from './config-store.ts';

export const busSchema = z.strictObject({
  kind: z.exactOptional(
    z
      .enum(['local', 'postgres'])
      .describe('local: wakes this process only; postgres: wakes every process that shares the schema, at once')
      .meta({ defaultText: '`postgres` where the store is, else `local`' }),
  ),
});
export type BusConfig = z.infer<typeof busSchema>;

export const busKind = ({ kind }: BusConfig, store: StoreConfig): 'local' | 'postgres' =>
  kind ?? (storeKind(store) === 'postgres' ? 'postgres' : 'local');

/** What is wrong with a bus beside such a store. */
export const misplacedBus = (bus: BusConfig, store: StoreConfig): string | undefined =>
  busKind(bus, store) === 'postgres' && storeKind(store) !== 'postgres'
    ? 'postgres carries signals only where it is the store too: give store.postgres, or leave bus.kind out'
    : undefined;
