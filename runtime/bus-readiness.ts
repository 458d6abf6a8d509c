import { errorCodes } from './domain/errors.ts';
import type { CheckResult, ComponentHealth } from './server/ops.ts';

/**
 * Not ready until the bus was joined for the first time, so that a wrong setting stops a roll-out. From then on a bus that is away is named,
 * and no reason to send nobody here: work goes on by looking for it.
 */
export function createBusCheck(health: () => ComponentHealth | undefined): () => Promise<CheckResult> {
  let joined = false;
  return async () => {
    const now = await health()?.();
    joined ||= now?.ok === true;
    if (now?.ok) return { ok: true, message: now.detail };
    return { ok: joined, code: 'BUS_UNREACHABLE', message: now?.detail ?? errorCodes.BUS_UNREACHABLE.says };
  };
}
