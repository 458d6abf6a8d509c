import type { ElectionEvent } from './kube/leader-election.ts';
import type { QueueEvent } from './kube/queue.ts';
import type { ReflectorEvent } from './kube/reflector.ts';

/** All that the operator tells of itself; observe.ts makes log lines and metrics of it. */
export type OperatorEvent =
  | { readonly type: 'listening'; readonly address: string }
  | { readonly type: 'stopping'; readonly signal: string }
  | { readonly type: 'stopped' }
  | { readonly type: 'api-answered'; readonly method: string; readonly code: string; readonly host: string }
  | { readonly type: 'election'; readonly lease: string; readonly event: ElectionEvent }
  | { readonly type: 'reflector'; readonly event: ReflectorEvent }
  | { readonly type: 'queue'; readonly controller: string; readonly event: QueueEvent }
  | { readonly type: 'reconciled'; readonly controller: string; readonly result: ReconcileResult; readonly durationMs: number };

/** controller-runtime's words. */
export const reconcileResults = ['success', 'error', 'requeue', 'requeue_after'] as const;
export type ReconcileResult = (typeof reconcileResults)[number];

export type ObserveOperator = (event: OperatorEvent) => void;
