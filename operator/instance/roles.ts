import { z } from 'zod';
import { checkedBy, countOrPercent, free, mapOf, quantities, text, whole } from './bounded.ts';

export const knownRoles = ['generator', 'evaluator', 'executor'] as const;

const kafkaLag = z
  .strictObject({
    perReplica: whole(1, 1_000_000, 'Signals that wait for each pod, above which one more is started').default(50),
    onUnknown: z
      .enum(['Hold', 'Minimum', 'Maximum'])
      .default('Hold')
      .describe('How many pods run while the lag cannot be read: as many as now, minReplicas, or maxReplicas'),
  })
  .describe('Scales by the signals that wait in Kafka; needs bus.kafka, and KEDA in the cluster');

const autoscaling = z
  .strictObject({
    minReplicas: whole(0, 500, 'Fewest pods').default(1),
    maxReplicas: whole(1, 500, 'Most pods'),
    cpu: z.exactOptional(
      z
        .strictObject({ utilization: whole(10, 100, 'Percent of the CPU request that the pods use on average') })
        .describe('Scales by the use of CPU'),
    ),
    kafkaLag: z.exactOptional(kafkaLag),
  })
  .describe('How many pods, by what they have to do; in place of replicas')
  .meta(
    checkedBy(
      { rule: 'self.minReplicas <= self.maxReplicas', message: 'minReplicas must not exceed maxReplicas' },
      { rule: 'has(self.cpu) || has(self.kafkaLag)', message: 'set cpu, kafkaLag or both' },
      { rule: 'self.minReplicas > 0 || has(self.kafkaLag)', message: 'only kafkaLag can start from zero' },
    ),
  );

const role = z
  .strictObject({
    mechanisms: z.exactOptional(
      z
        .array(text(1, 32, 'Name of a mechanism').regex(/^[a-z][a-z0-9-]{0,31}$/))
        .min(1)
        .max(16)
        .describe('What its pods do; generator, evaluator and executor have their own, other roles must say')
        .meta({ 'x-kubernetes-list-type': 'set' }),
    ),
    replicas: z.exactOptional(whole(0, 500, 'How many pods; 1 unless said')),
    concurrency: whole(1, 256, 'Work items at once in each pod').default(8),
    autoscaling: z.exactOptional(autoscaling),
    resources: z.exactOptional(
      z
        .strictObject({
          requests: z.exactOptional(quantities('What each pod is sure to have')),
          limits: z.exactOptional(quantities('What each pod may use at most')),
        })
        .describe('CPU and memory of each pod; 250m, 512Mi and a limit of 1Gi memory unless said'),
    ),
    drain: z
      .strictObject({
        gracePeriodSeconds: whole(
          10,
          3600,
          'How long a pod that ends may finish what it runs; longer than the longest call of a model',
        ).default(120),
      })
      .prefault({})
      .describe('How pods end'),
    maxDisrupted: countOrPercent('How many pods may be missing at once when nodes are drained').default(1),
    serviceAccount: z.exactOptional(
      z
        .strictObject({
          annotations: z.exactOptional(mapOf(text(0, 512, 'Value'), 16, 'Annotations, as for identities of a cloud')),
        })
        .describe("The ServiceAccount of the role's pods"),
    ),
    config: z.exactOptional(free('Settings of the runtime for this role, over those of the instance')),
    podTemplate: z.exactOptional(
      free('Merged over the pods that the operator makes: scheduling, sidecars, volumes, variables, labels and annotations'),
    ),
  })
  .describe('Pods that do the same')
  .meta(checkedBy({ rule: '!(has(self.replicas) && has(self.autoscaling))', message: 'set replicas or autoscaling, not both' }));

/** Names of roles and of models stand in names of objects and variables. */
export const shortNames = (what: string) => ({
  rule: "self.all(r, r.matches('^[a-z][a-z0-9]{0,19}$') && !(r in ['api', 'migrate', 'rules']))",
  message: `a ${what} is named by a letter and at most 19 letters or digits more, not api, migrate or rules`,
});

export const roles = mapOf(role, 8, 'The roles that pods take, by name; generator and evaluator unless said')
  .refine((map) => Object.keys(map).length > 0, 'at least one role')
  .prefault({ generator: {}, evaluator: {} })
  .meta({
    minProperties: 1,
    ...checkedBy(shortNames('role'), {
      rule: `self.all(r, r in ['${knownRoles.join("', '")}'] || has(self[r].mechanisms))`,
      message: 'a role of your own must list its mechanisms',
    }),
  });
