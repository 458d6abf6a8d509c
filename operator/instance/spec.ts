import { z } from 'zod';
import { checkedBy, countOrPercent, free, secretKey, text, whole } from './bounded.ts';
import { bus, secretEnv, store } from './connections.ts';
import { llm } from './llm.ts';
import { roles } from './roles.ts';

const image = z
  .strictObject({
    name: z.exactOptional(text(1, 512, "The runtime's image; the operator's default at creation, kept from then on, unless said")),
    pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).default('IfNotPresent').describe('When nodes fetch the image'),
    pullSecrets: z.exactOptional(
      z
        .array(z.strictObject({ name: text(1, 253, 'Name of the Secret') }).describe('A Secret with the key of a registry'))
        .max(8)
        .describe('Secrets that the image is fetched with')
        .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }),
    ),
  })
  .describe('What the pods run');

const sandbox = z
  .strictObject({
    kubernetes: z
      .strictObject({
        namespace: text(1, 63, 'Where the Jobs run; the namespace must agree by its label nireon.dev/sandbox-for'),
        runtimeClassName: z.exactOptional(text(1, 253, 'RuntimeClass of the Jobs')),
        maxConcurrent: whole(1, 256, 'Runs at once').default(4),
      })
      .describe('Runs programs of models as Jobs'),
  })
  .describe('Where programs that models write are run; without it every run is refused');

const rules = z
  .strictObject({
    inline: z.exactOptional(text(1, 200_000, 'A manifest, nireon.rules/v1')),
    configMapRef: z.exactOptional(
      z.strictObject({ name: text(1, 253, 'Name of the ConfigMap') }).describe('Manifests: every key that ends in .yaml'),
    ),
  })
  .describe('The rules; the default set of the image unless said')
  .meta(checkedBy({ rule: 'has(self.inline) != has(self.configMapRef)', message: 'set inline or configMapRef' }));

const rollout = z
  .strictObject({
    maxSurge: countOrPercent('Pods above the wanted number while a role is rolled out').default('25%'),
    maxUnavailable: countOrPercent('Pods that may be missing while a role is rolled out').default(0),
    progressDeadlineSeconds: whole(30, 7200, 'A roll-out that takes longer has failed').default(600),
    revisionHistoryLimit: whole(1, 10, 'Earlier revisions that are kept').default(3),
    onFailure: z
      .enum(['Hold', 'Rollback'])
      .default('Hold')
      .describe('Hold: a failed roll-out stands; Rollback: the last good revision comes back'),
    operatorUpgrade: z
      .enum(['Hold', 'Immediate'])
      .default('Hold')
      .describe('Whether pods restart because a newer operator would make them otherwise: with the next change, or at once'),
  })
  .prefault({})
  .describe('How changes reach the pods')
  .meta(
    checkedBy({
      rule: `!((type(self.maxSurge) == int ? self.maxSurge == 0 : self.maxSurge in ['0', '0%']) && (type(self.maxUnavailable) == int ? self.maxUnavailable == 0 : self.maxUnavailable in ['0', '0%']))`,
      message: 'maxSurge and maxUnavailable cannot both be 0',
    }),
  );

const whereInstalled = (what: string) =>
  z.enum(['Auto', 'Enabled', 'Disabled']).default('Auto').describe(`${what}; Auto: where its CRD is installed`);

/** What a user wants of an instance: bounds and defaults are those of the resource, so that what the API server stores parses. */
export const specSchema = z
  .strictObject({
    image: image.prefault({}),
    roles,
    bus: z.exactOptional(bus),
    store,
    llm: z.exactOptional(llm),
    embeddings: z.exactOptional(
      z
        .strictObject({
          provider: text(1, 64, 'Who embeds').default('onnx'),
          file: text(1, 253, 'File of the model').default('all-MiniLM-L6-v2.onnx'),
          dims: whole(1, 8192, 'Length of a vector; sessions keep to the one that they began with').default(384),
        })
        .describe('The embedding model'),
    ),
    models: z.exactOptional(
      z
        .strictObject({ claimName: text(1, 253, 'PersistentVolumeClaim that holds the files') })
        .describe('Files of models; those in the image unless said'),
    ),
    sandbox: z.exactOptional(sandbox),
    rules: z.exactOptional(rules),
    config: z.exactOptional(free('Any other setting of the runtime, as docs/configuration.md has it')),
    secretEnv: z.exactOptional(secretEnv),
    api: z
      .strictObject({
        enabled: z.boolean().default(true).describe('Whether there is a Service for the API'),
        role: z.exactOptional(text(1, 20, 'The role whose pods answer; all unless said')),
        tokenSecret: z.exactOptional(secretKey('token', 'Bearer token that every request must carry')),
      })
      .prefault({})
      .describe('The HTTP API'),
    observability: z
      .strictObject({
        logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('What the pods log'),
        otlpEndpoint: z.exactOptional(text(1, 2048, 'Where traces go, by OTLP over HTTP').regex(/^https?:\/\//)),
        podMonitor: whereInstalled('A PodMonitor'),
        prometheusRule: whereInstalled('A PrometheusRule'),
      })
      .prefault({})
      .describe('Logs, traces, metrics'),
    rollout,
    migrations: z
      .strictObject({
        policy: z
          .enum(['Auto', 'Manual'])
          .default('Auto')
          .describe('Auto: the schema is brought to what the image needs; Manual: it is only checked'),
        timeoutSeconds: whole(10, 86_400, 'Longest time for a migration').default(600),
      })
      .prefault({})
      .describe('What is made of the schema in the database'),
    networkPolicy: z
      .strictObject({
        enabled: z.boolean().default(true).describe('Whether there is a NetworkPolicy'),
        ingressFrom: z.exactOptional(
          z
            .array(free('A peer, as in a NetworkPolicy'))
            .max(16)
            .describe('Who may use the API beside pods of this namespace')
            .meta({ 'x-kubernetes-list-type': 'atomic' }),
        ),
        egress: z.exactOptional(
          z
            .array(free('A rule, as in a NetworkPolicy'))
            .max(16)
            .describe('What the pods may reach; everything unless said')
            .meta({ 'x-kubernetes-list-type': 'atomic' }),
        ),
      })
      .prefault({})
      .describe('Who may speak with the pods'),
    suspend: z.boolean().default(false).describe('No pods run; work waits in the store'),
    paused: z.boolean().default(false).describe('The operator keeps its hands off and only tells the status'),
  })
  .describe('What is wanted')
  .meta(
    checkedBy(
      {
        rule: 'has(self.bus) || !self.roles.exists(r, has(self.roles[r].autoscaling) && has(self.roles[r].autoscaling.kafkaLag))',
        message: 'kafkaLag needs bus.kafka',
      },
      { rule: "!has(self.sandbox) || 'executor' in self.roles", message: 'sandbox needs a role named executor' },
      {
        rule: '!has(self.api) || !has(self.api.role) || self.api.role in self.roles',
        message: 'api.role is not one of the roles',
      },
    ),
  );
export type InstanceSpec = z.infer<typeof specSchema>;
