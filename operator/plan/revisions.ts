import { withoutDefaults } from '../instance/without-defaults.ts';
import type { InstanceSpec } from '../instance/spec.ts';
import { kinds } from '../kinds.ts';
import type { RuleTexts } from '../resources/config-map.ts';
import { annotations, hash, type Owner } from '../resources/metadata.ts';
import { type PodInputs, podTemplateOf, revisionOf } from '../resources/pod-template.ts';
import type { Revision } from '../resources/revision.ts';
import type { Role } from './roles.ts';
import type { Child } from './snapshot.ts';

type Json = Readonly<Record<string, unknown>>;

/** What a role is to run, and what it has been running. */
export interface RoleRevisions {
  readonly wanted: Revision;
  /** That its Deployment carries; undefined where there is none, or it is not on record. */
  readonly current: Revision | undefined;
  /** Rolled out last. */
  readonly stable: Revision | undefined;
  readonly recorded: readonly Revision[];
  /** What this operator would make of the same inputs, where that is another template. */
  readonly newer: string | undefined;
}

export interface RevisionInputs extends PodInputs {
  readonly texts: RuleTexts | undefined;
}

/**
 * The same inputs give the same recorded template, whatever this version of the operator would make of them, so that an upgrade of the operator
 * restarts nothing; `immediate` makes it anew.
 */
export function revisionsOf(
  inputs: RevisionInputs,
  children: readonly Child[],
  live: Child | undefined,
  immediate: boolean,
): RoleRevisions {
  const { owner, role } = inputs;
  const recorded = recordedOf(owner, role, children);
  const carried = live?.object.metadata.annotations?.[annotations.revision];
  const current = recorded.find(({ id }) => id === carried);
  const made = inputsHash(inputs);
  const id = revisionOf(inputs);
  const alike = recorded.filter((one) => one.inputs === made);
  const kept = alike.find((one) => one === current) ?? alike.at(-1);
  const rendered = recorded.find((one) => one.id === id && one.inputs === made);
  const fresh = (): Revision => ({
    ...{ id, inputs: made, number: Math.max(0, ...recorded.map(({ number }) => number)) + 1, outcome: undefined },
    template: podTemplateOf(inputs),
  });
  const wanted = immediate ? (rendered ?? fresh()) : (kept ?? fresh());
  return {
    ...{ wanted, current, recorded },
    stable: recorded.findLast(({ outcome }) => outcome === 'stable'),
    newer: wanted.id === id ? undefined : id,
  };
}

/** Oldest first. */
function recordedOf(owner: Owner, { name }: Role, children: readonly Child[]): readonly Revision[] {
  const prefix = `${owner.name}-${name}-`;
  return children
    .filter(({ kind, object }) => kind === kinds.controllerRevision && object.metadata.name.startsWith(prefix))
    .map(({ object }): Revision => {
      const { annotations: noted = {}, name: full } = object.metadata;
      const outcome = noted[annotations.outcome];
      return {
        ...{ id: full.slice(prefix.length), inputs: noted[annotations.inputs] ?? '', number: Number(object['revision'] ?? 0) },
        outcome: outcome === 'stable' || outcome === 'failed' ? outcome : undefined,
        template: (object['data'] ?? {}) as Json,
      };
    })
    .sort((a, b) => a.number - b.number);
}

/** Everything of the spec that reaches the pods of a role, as the user said it. */
function inputsHash({ spec, role, image, secrets, restart, texts }: RevisionInputs): string {
  const { roles, ...rest } = withoutDefaults(spec) as InstanceSpec;
  const { replicas: _replicas, autoscaling: _scaling, maxDisrupted: _budget, serviceAccount: _account, ...own } = roles?.[role.name] ?? {};
  const { bus, store, llm, embeddings, models, sandbox, config, secretEnv, observability } = rest;
  const { pullPolicy, pullSecrets } = rest.image ?? {};
  const tokenSecret = rest.api?.tokenSecret;
  const { logLevel, otlpEndpoint } = observability ?? {};
  return hash(
    JSON.parse(
      JSON.stringify({
        ...{ image, pullPolicy, pullSecrets, own, mechanisms: role.mechanisms, rules: texts?.files, secrets, restart },
        ...{ bus, store, llm, embeddings, models, sandbox, config, secretEnv, tokenSecret, logLevel, otlpEndpoint },
      }),
    ),
    10,
  );
}

/** Those that may be needed again: to go on, to go back, and a few of before. */
export function keptRevisions({ wanted, current, stable, recorded }: RoleRevisions, limit: number): readonly Revision[] {
  const kept = new Set([wanted, current, stable, ...recorded.slice(-limit)].flatMap((one) => (one === undefined ? [] : [one.id])));
  return recorded.filter(({ id }) => kept.has(id));
}

/** ConfigMaps that pods of a template mount: the settings of the role, and the rules. */
export function configMapsIn(template: Json): readonly { readonly name: string; readonly files: readonly string[] }[] {
  const { volumes = [] } = (template['spec'] ?? {}) as { volumes?: readonly Json[] };
  const { sources = [] } = (volumes.find(({ name }) => name === 'config')?.['projected'] ?? {}) as { sources?: readonly Json[] };
  return sources.flatMap(({ configMap }) => {
    const { name, items = [] } = (configMap ?? {}) as { name?: string; items?: readonly { key: string }[] };
    return name === undefined ? [] : [{ name, files: items.map(({ key }) => key) }];
  });
}
