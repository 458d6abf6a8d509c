import { z } from 'zod';
import { type ConfigResult, loadConfig } from '../platform/load-config.ts';

const whole = (min: number, max: number, standard: number, says: string) => z.int().min(min).max(max).default(standard).describe(says);
const text = (max: number, says: string) => z.string().min(1).max(max).describe(says);

/** Everything that can be set in the operator's process; the names are those of the chart's values. */
export const operatorConfigSchema = z.strictObject({
  namespace: text(63, 'Namespace of the lease').default('nireon-system'),
  leaseName: text(253, 'Name of the lease').default('nireon-operator'),
  pod: z.exactOptional(text(253, 'Name of this process, in the lease and in logs').meta({ defaultText: 'the host name' })),
  kubeconfig: z.exactOptional(
    text(4096, 'Path of a kubeconfig').meta({ defaultText: 'KUBECONFIG, ~/.kube/config, or the service account of the pod' }),
  ),
  watchNamespaces: z
    .array(text(63, 'A namespace'))
    .max(100)
    .default([])
    .describe('Where instances are looked after; everywhere if there is none')
    .meta({ defaultText: 'none: all namespaces' }),
  runtimeImage: text(512, 'What the pods of an instance run that names no image').default('nireon/runtime:latest'),
  maxConcurrentReconciles: whole(1, 256, 16, 'Instances that are worked on at once'),
  kubeApiQps: whole(0, 10_000, 0, 'Requests a second to the API server; 0 leaves it to the server to bound them'),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('Least important lines that are written'),
  ops: z
    .strictObject({
      host: text(253, 'Address that health and metrics listen on; 0.0.0.0 for all').default('127.0.0.1'),
      port: whole(0, 65_535, 8081, 'Port of health and metrics; 0 takes any free one'),
    })
    .prefault({}),
});
export type OperatorConfig = z.output<typeof operatorConfigSchema>;

/** From `NIREON_…` variables, each the path of its key in upper snake case. */
export function loadOperatorConfig(env: Readonly<Record<string, string | undefined>>): ConfigResult<OperatorConfig> {
  return loadConfig({ schema: operatorConfigSchema, prefix: 'NIREON', env });
}
