import type { InstanceSpec } from '../instance/spec.ts';
import { hash } from '../resources/metadata.ts';
import type { RuleTexts } from '../resources/config-map.ts';
import type { Finding, Snapshot } from './snapshot.ts';

/** The Secrets that pods of the instance use, with the keys that they need of each. */
export function secretsOf(spec: InstanceSpec): ReadonlyMap<string, readonly string[]> {
  const { kafka } = spec.bus ?? {};
  const { postgres } = spec.store;
  const client = kafka?.tls?.clientSecret?.name;
  const wanted = [
    postgres.connectionSecret,
    postgres.tls?.caSecret,
    kafka?.tls?.caSecret,
    kafka?.sasl?.passwordSecret,
    ...(client === undefined ? [] : ['tls.crt', 'tls.key'].map((key) => ({ name: client, key }))),
    ...Object.values(spec.llm?.models ?? {}).map(({ apiKeySecret }) => apiKeySecret),
    spec.api.tokenSecret,
    ...(spec.secretEnv ?? []).map(({ secret }) => secret),
  ];
  const byName = new Map<string, readonly string[]>();
  for (const one of wanted) if (one !== undefined) byName.set(one.name, [...(byName.get(one.name) ?? []), one.key]);
  return byName;
}

/** The ConfigMaps that the instance refers to. */
export const configMapsOf = ({ rules }: InstanceSpec): readonly string[] =>
  rules?.configMapRef === undefined ? [] : [rules.configMapRef.name];

/** The first thing that the spec refers to and that is not there. */
export function missingReference(spec: InstanceSpec, { instance, secrets, configMaps }: Snapshot): Finding | undefined {
  const place = (name: string): string => `${instance.metadata.namespace ?? ''}/${name}`;
  for (const [name, keys] of secretsOf(spec)) {
    const found = secrets.get(name);
    if (found === undefined) {
      return { reason: 'SecretMissing', message: `Secret ${place(name)} does not exist; create it`, stalled: false };
    }
    const lacking = keys.find((key) => !found.keys.includes(key));
    if (lacking !== undefined) {
      return { reason: 'SecretKeyMissing', message: `Secret ${place(name)} has no key "${lacking}"; add it`, stalled: false };
    }
  }
  for (const name of configMapsOf(spec)) {
    const found = configMaps.get(name);
    if (found === undefined) {
      return { reason: 'ConfigMapMissing', message: `ConfigMap ${place(name)} does not exist; create it`, stalled: false };
    }
    if (!Object.keys(found).some(isManifest)) {
      const message = `ConfigMap ${place(name)} has no key that ends in .yaml; add the rules`;
      return { reason: 'ConfigMapKeyMissing', message, stalled: false };
    }
  }
  return undefined;
}

const isManifest = (key: string): boolean => key.endsWith('.yaml');

/** The rules that pods are given; none where the default set of the image counts. */
export function rulesOf({ rules }: InstanceSpec, { configMaps }: Snapshot): RuleTexts | undefined {
  if (rules?.inline !== undefined) return { files: { 'rules.yaml': rules.inline } };
  if (rules?.configMapRef === undefined) return undefined;
  const data = configMaps.get(rules.configMapRef.name) ?? {};
  return {
    files: Object.fromEntries(
      Object.entries(data)
        .filter(([key]) => isManifest(key))
        .sort(),
    ),
  };
}

/** Changes when a Secret that pods use does. */
export const secretsDigest = (spec: InstanceSpec, { secrets }: Snapshot): string =>
  hash(
    [...secretsOf(spec).keys()].sort().map((name) => [name, secrets.get(name)?.digest]),
    10,
  );
