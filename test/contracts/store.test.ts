import { createMemoryStore } from '../../runtime/adapters/store/memory/index.ts';
import { epoch } from '../support/store-records.ts';
import { describeStore } from './store-contract.ts';

describeStore('memory', async (options) => {
  let now = epoch;
  const store = createMemoryStore({ now: () => now, outbox: options?.outbox ?? false });
  return { store, advance: (ms) => void (now += ms) };
});
