import type { RuntimeConfig } from '../config.ts';
import { busKind } from '../config-bus.ts';
import type { Bus } from '../ports/bus.ts';

/** The bus of these settings. Waits for no server: one that is away is looked for again and again. */
export async function createBus({ bus, store }: RuntimeConfig): Promise<Bus> {
  if (busKind(bus, store) === 'local') return (await import('../adapters/bus/local.ts')).createLocalBus();
  const { createPostgresBus } = await import('../adapters/bus/postgres.ts');
  const { postgresAddress } = await import('./postgres-address.ts');
  return createPostgresBus({ address: await postgresAddress(store.postgres) });
}
