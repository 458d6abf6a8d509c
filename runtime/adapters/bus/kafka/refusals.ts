import { codeOf, messageOf } from '../../../domain/errors.ts';
import type { Observe } from '../../../ports/observer.ts';
import type { IncomingRecord } from './client.ts';
import type { Refusal } from './envelope.ts';
import type { Outgoing } from './outgoing.ts';
import { within } from './within.ts';

export interface Refusals {
  /** Puts a record that cannot be used aside, with the reason. Never throws: what cannot be put aside is told all the same. */
  refuse(record: IncomingRecord, refusal: Refusal, group: string): Promise<void>;
}

const patienceMs = 10_000;

/** The dead topic: records as they came, with headers `nireon_…` that say why, and where they were. */
export function createRefusals({ outgoing, dead, observe }: { outgoing: Outgoing; dead: string; observe: Observe }): Refusals {
  return {
    async refuse(record, { code, message }, group) {
      const { topic, partition, offset, key, value, headers } = record;
      observe({ type: 'bus-record-refused', topic, partition, offset: String(offset), group, code, message });
      const where = { nireon_topic: topic, nireon_partition: String(partition), nireon_offset: String(offset), nireon_group: group };
      const copy = { ...headers, ...where, nireon_code: code, nireon_reason: message };
      try {
        await within(patienceMs, outgoing.send(dead, [{ key: key ?? `${topic}-${partition}`, value: value ?? null, headers: copy }]));
      } catch (error) {
        observe({ type: 'bus-failed', bus: 'kafka', code: codeOf(error), message: `a record was not put aside: ${messageOf(error)}` });
      }
    },
  };
}
