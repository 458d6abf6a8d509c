import { stringify } from 'yaml';
import type { InstanceSpec } from '../instance/spec.ts';
import { kinds } from '../kinds.ts';
import type { Role } from '../plan/roles.ts';
import { childOf, hash, type Manifest, type Owner } from './metadata.ts';

/** Where the files of a pod are. */
export const places = { config: '/etc/nireon', tls: '/etc/nireon-tls', models: '/models' } as const;
export const ports = { api: 8080, ops: 8081 } as const;

/** What was found of the texts that an instance refers to. */
export interface RuleTexts {
  /** File name → manifest. */
  readonly files: Readonly<Record<string, string>>;
}

type Settings = Record<string, unknown>;

/** The schema of an instance that names none: instances may share a database. */
export const schemaOf = ({ namespace, name }: Owner, spec: InstanceSpec): string =>
  spec.store.postgres.schema ?? `nireon_${name.replaceAll('-', '_')}_${hash(`${namespace}/${name}`, 6)}`;

export const topicPrefixOf = ({ namespace, name }: Owner, spec: InstanceSpec): string | undefined =>
  spec.bus === undefined ? undefined : (spec.bus.kafka.topicPrefix ?? `nireon.${namespace}.${name}`);

/** Settings of the runtime as the spec has them: its own, over `config` of the role, over that of the instance. */
export function settingsOf(owner: Owner, spec: InstanceSpec, role: Role, rules: RuleTexts | undefined): Settings {
  const own = {
    instance: `${owner.namespace}.${owner.name}`,
    role: role.name,
    mechanisms: role.mechanisms,
    worker: { concurrency: role.spec.concurrency },
    drain: { gracePeriodSeconds: role.spec.drain.gracePeriodSeconds },
    store: storeSettings(owner, spec),
    bus: busSettings(owner, spec),
    ...(spec.llm === undefined ? {} : { llm: llmSettings(spec.llm) }),
    ...(spec.embeddings === undefined ? {} : { embedder: spec.embeddings }),
    ...(spec.models === undefined ? {} : { models: { dir: places.models } }),
    ...(rules === undefined ? {} : { rules: { files: Object.keys(rules.files).map((name) => `${places.config}/rules/${name}`) } }),
    api: { host: '0.0.0.0', port: ports.api },
    ops: { host: '0.0.0.0', port: ports.ops },
    log: { level: spec.observability.logLevel },
  };
  return merged(merged(spec.config ?? {}, role.spec.config ?? {}), own);
}

function storeSettings(owner: Owner, spec: InstanceSpec): Settings {
  const { poolSize, tls } = spec.store.postgres;
  return {
    kind: 'postgres',
    postgres: {
      schema: schemaOf(owner, spec),
      poolSize,
      ...(tls === undefined ? {} : { tls: { caFile: `${places.tls}/postgres-ca.crt` } }),
    },
  };
}

function busSettings(owner: Owner, spec: InstanceSpec): Settings {
  if (spec.bus === undefined) return { kind: 'postgres' };
  const { bootstrapServers, client, tls, sasl, topics } = spec.bus.kafka;
  const files = {
    ...(tls?.caSecret === undefined ? {} : { caFile: `${places.tls}/kafka-ca.crt` }),
    ...(tls?.clientSecret === undefined ? {} : { certFile: `${places.tls}/kafka.crt`, keyFile: `${places.tls}/kafka.key` }),
  };
  return {
    kind: 'kafka',
    kafka: {
      bootstrapServers,
      ...(client === undefined ? {} : { client }),
      topicPrefix: topicPrefixOf(owner, spec),
      topics,
      ...(tls === undefined ? {} : { tls: files }),
      // The password comes by a variable.
      ...(sasl === undefined ? {} : { sasl: { mechanism: sasl.mechanism, username: sasl.username } }),
    },
  };
}

function llmSettings({ models = {}, routes = [] }: NonNullable<InstanceSpec['llm']>): Settings {
  const named = Object.entries(models).map(([name, { apiKeySecret, ...model }]) => [
    name,
    { ...model, ...(apiKeySecret === undefined ? {} : { apiKeyEnv: keyVariable(name) }) },
  ]);
  const all = { models: Object.keys(models).sort() };
  return { models: Object.fromEntries(named) as Settings, routes: routes.length > 0 || all.models.length < 2 ? routes : [all] };
}

/** Holds the key of a model. */
export const keyVariable = (model: string): string => `LLM_API_KEY_${model.toUpperCase()}`;

/** Maps are joined key by key, anything else is replaced. */
function merged(base: Settings, over: Settings): Settings {
  const isMap = (value: unknown): value is Settings => typeof value === 'object' && value !== null && !Array.isArray(value);
  const joined = Object.entries(over).map(([key, value]) => {
    const below = base[key];
    return [key, isMap(below) && isMap(value) ? merged(below, value) : value] as const;
  });
  return { ...base, ...Object.fromEntries(joined) };
}

/** The settings of a role, under a name that follows from them. */
export function settingsMapOf(owner: Owner, role: Role, settings: Settings): Manifest {
  const data = { 'nireon.yaml': stringify(settings, { lineWidth: 0, sortMapEntries: true }) };
  return immutableMap(owner, `${owner.name}-${role.name}`, role.name, data);
}

export const rulesMapOf = (owner: Owner, { files }: RuleTexts): Manifest => immutableMap(owner, `${owner.name}-rules`, 'rules', files);

function immutableMap(owner: Owner, prefix: string, component: string, data: Readonly<Record<string, string>>): Manifest {
  const name = `${prefix}-${hash(data, 10)}`;
  return { ...childOf(owner, kinds.configMap, { name, component, data, immutable: true }), immutable: true };
}
