import type { CheckResult } from './server/ops.ts';

const patienceMs = 15_000;

/** Stuck is a worker that runs items whose leases went without renewal for 15 s: its items run elsewhere by then. */
export function checkRenewal(sinceRenewalMs: number): CheckResult {
  if (sinceRenewalMs <= patienceMs) return { ok: true };
  const message = `work items run, and no lease was renewed for ${Math.round(sinceRenewalMs / 1000)} s`;
  return { ok: false, code: 'WORKER_STUCK', message };
}
