import type { InstanceSpec } from '../instance/spec.ts';
import { rulesMapOf, settingsMapOf, settingsOf } from '../resources/config-map.ts';
import { annotations, type Manifest, type Owner } from '../resources/metadata.ts';
import type { Revision } from '../resources/revision.ts';
import { type Gate, gateOf } from './migration.ts';
import { rulesOf, secretsDigest } from './references.ts';
import { configMapsIn, type RoleRevisions, revisionsOf } from './revisions.ts';
import type { Role } from './roles.ts';
import type { Child, Snapshot } from './snapshot.ts';

/** What the roles are to run, what it is made of, and whether it was checked. */
export interface Intent {
  readonly roles: readonly Role[];
  readonly revisions: ReadonlyMap<string, RoleRevisions>;
  /** ConfigMaps that the wanted revisions mount, as far as they are to be made. */
  readonly maps: readonly Manifest[];
  /** None while it is suspended: nothing new is run. */
  readonly gate: Gate | undefined;
}

export function intentOf(
  owner: Owner,
  spec: InstanceSpec,
  roles: readonly Role[],
  image: string,
  liveOf: (role: Role) => Child | undefined,
  snapshot: Snapshot,
): Intent {
  const texts = rulesOf(spec, snapshot);
  const rulesMap = texts === undefined ? undefined : rulesMapOf(owner, texts);
  const rules =
    texts === undefined || rulesMap === undefined ? undefined : { name: rulesMap.object.metadata.name, files: Object.keys(texts.files) };
  const secrets = secretsDigest(spec, snapshot);
  const restart = snapshot.instance.metadata.annotations?.[annotations.restart];
  const made: Manifest[] = rulesMap === undefined ? [] : [rulesMap];
  const revisions = new Map(
    roles.map((role) => {
      const settings = settingsMapOf(owner, role, settingsOf(owner, spec, role, texts));
      made.push(settings);
      const inputs = { owner, spec, role, image, settings: settings.object.metadata.name, rules, secrets, restart, texts };
      return [role.name, revisionsOf(inputs, snapshot.children, liveOf(role), spec.rollout.operatorUpgrade === 'Immediate')];
    }),
  );
  const mounted = new Set([...revisions.values()].flatMap(({ wanted }) => configMapsIn(wanted.template).map(({ name }) => name)));
  return {
    ...{ roles, revisions, maps: made.filter(({ object }) => mounted.has(object.metadata.name)) },
    gate: spec.suspend ? undefined : gateOf({ owner, spec, roles, revisions, image, secrets, snapshot }),
  };
}

/** What a Deployment is to carry now: nothing that was not checked, and after a failure what ran before, where the spec wants that. */
export function revisionToRun(
  { wanted, current, stable }: RoleRevisions,
  { gate }: Intent,
  { rollout }: InstanceSpec,
): Revision | undefined {
  if (gate?.state !== 'passed') return current;
  return isRolledBack({ wanted, stable }, rollout) ? stable : wanted;
}

export const isRolledBack = (
  { wanted, stable }: Pick<RoleRevisions, 'wanted' | 'stable'>,
  { onFailure }: InstanceSpec['rollout'],
): boolean => onFailure === 'Rollback' && wanted.outcome === 'failed' && stable !== undefined && stable.id !== wanted.id;
