import fc from 'fast-check';

/** Specs that the API server would store, of all shapes: each field is there or not. */
export const instanceSpecs: fc.Arbitrary<Record<string, unknown>> = (() => {
  const some = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
  const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
  const secret = fc.record({ name: word, key: fc.constantFrom('uri', 'key', 'password', 'ca.crt', 'token') });
  const name = fc.record({ name: word });
  const lag = fc.record({
    minReplicas: fc.integer({ min: 0, max: 5 }),
    maxReplicas: fc.integer({ min: 5, max: 9 }),
    kafkaLag: fc.constant({}),
  });
  const cpu = fc.record({ maxReplicas: fc.integer({ min: 1, max: 9 }), cpu: fc.constant({ utilization: 70 }) });
  const role = (hasBus: boolean) =>
    fc
      .record({
        replicas: some(fc.integer({ min: 0, max: 5 })),
        autoscaling: some(hasBus ? fc.oneof(lag, cpu) : cpu),
        concurrency: some(fc.integer({ min: 1, max: 64 })),
        resources: some(fc.record({ requests: fc.constant({ cpu: '1000m', memory: '1Gi' }) })),
        drain: some(fc.record({ gracePeriodSeconds: fc.integer({ min: 10, max: 600 }) })),
        maxDisrupted: some(fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('0%', '25%', '100%'))),
        config: some(fc.constant({ worker: { leaseMs: 5000 } })),
        podTemplate: some(
          fc.constant({ spec: { nodeSelector: { pool: 'a' }, containers: [{ name: 'engine', env: [{ name: 'A', value: 'b' }] }] } }),
        ),
      })
      .map(({ replicas, ...rest }) => (rest.autoscaling === undefined ? { ...rest, replicas } : rest));
  const model = fc.oneof(
    fc.record({
      provider: fc.constantFrom('openai', 'anthropic'),
      model: word,
      apiKeySecret: secret,
      price: fc.constant({ inputMicroUsdPerMTok: 1, outputMicroUsdPerMTok: 2 }),
    }),
    fc.record({
      provider: fc.constant('openai-compatible'),
      model: word,
      baseUrl: fc.constant('http://vllm.models:8000/v1'),
      price: fc.constant({ inputMicroUsdPerMTok: 0, outputMicroUsdPerMTok: 0 }),
    }),
    fc.record({ provider: fc.constant('local'), file: fc.constant('m.gguf'), answers: fc.constantFrom('grammar', 'prompt') }),
  );
  const llm = fc
    .dictionary(
      word.filter((one) => !['api', 'migrate', 'rules', 'builtin'].includes(one)),
      model,
      { minKeys: 1, maxKeys: 3 },
    )
    .chain((models) => fc.record({ models: fc.constant(models), routes: some(fc.constant([{ models: Object.keys(models) }])) }));
  const kafka = fc.record({
    bootstrapServers: fc.constant(['kafka-0.kafka:9092', 'kafka-1.kafka:9092']),
    tls: some(fc.oneof(fc.constant({}), fc.record({ caSecret: secret }), fc.record({ caSecret: secret, clientSecret: name }))),
    sasl: some(fc.record({ mechanism: fc.constantFrom('PLAIN', 'SCRAM-SHA-512'), username: word, passwordSecret: secret })),
    topicPrefix: some(word),
    topics: some(fc.record({ management: fc.constantFrom('Require', 'Create'), partitions: fc.integer({ min: 1, max: 24 }) })),
  });
  const rest = {
    image: some(
      fc.record({ name: fc.constantFrom('nireon/runtime:2', 'nireon/runtime:3'), pullSecrets: some(fc.constant([{ name: 'registry' }])) }),
    ),
    store: fc.record({
      postgres: fc.record({
        connectionSecret: secret,
        schema: some(word),
        poolSize: some(fc.integer({ min: 1, max: 50 })),
        tls: some(fc.record({ caSecret: secret })),
      }),
    }),
    llm: some(llm),
    embeddings: some(fc.constant({ dims: 384 })),
    models: some(fc.record({ claimName: word })),
    rules: some(fc.oneof(fc.record({ inline: fc.constant('version: nireon.rules/v1') }), fc.record({ configMapRef: name }))),
    config: some(
      fc.constantFrom({ limits: { session: { llmCalls: 5 } } }, { retention: { sessionsDays: 3 } }, { worker: { sweepMs: 100 } }),
    ),
    api: some(fc.record({ enabled: fc.boolean(), tokenSecret: some(secret) })),
    observability: some(
      fc.record({ logLevel: fc.constantFrom('debug', 'info'), otlpEndpoint: some(fc.constant('http://collector:4318')) }),
    ),
    rollout: some(fc.record({ maxSurge: fc.constantFrom(1, '50%'), progressDeadlineSeconds: fc.integer({ min: 30, max: 900 }) })),
    networkPolicy: some(fc.record({ enabled: fc.boolean(), egress: some(fc.constant([{}])) })),
    suspend: fc.boolean(),
    paused: some(fc.boolean()),
  };
  const defined = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;
  return fc
    .boolean()
    .chain((hasBus) =>
      fc.record({
        ...rest,
        ...(hasBus ? { bus: fc.record({ kafka }) } : {}),
        roles: some(fc.record({ generator: role(hasBus), evaluator: role(hasBus), executor: some(role(hasBus)) })),
      }),
    )
    .map((spec) => defined(spec) as Record<string, unknown>);
})();
