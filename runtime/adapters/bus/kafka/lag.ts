import { setTimeout as pause } from 'node:timers/promises';
import type { Observe } from '../../../ports/observer.ts';
import type { KafkaClient } from './client.ts';

const everyMs = 15_000;

/** Tells, until the abort, how many records the groups have before them. What cannot be asked now is asked again later. */
export async function watchLag({
  client,
  groups,
  observe,
  abort,
}: {
  client: KafkaClient;
  /** Those of this process, with the topic that each reads. */
  groups: () => readonly { readonly group: string; readonly topic: string }[];
  observe: Observe;
  abort: AbortSignal;
}): Promise<void> {
  while (!abort.aborted) {
    for (const { group, topic } of groups()) {
      const lag = await client.lag(group, topic).catch(() => new Map<number, number>());
      for (const [partition, records] of lag) observe({ type: 'bus-lag-measured', topic, partition, group, records });
    }
    await pause(everyMs, undefined, { signal: abort }).catch(() => undefined);
  }
}
