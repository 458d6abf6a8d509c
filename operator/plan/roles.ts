import type { InstanceSpec } from '../instance/spec.ts';

export type RoleSpec = InstanceSpec['roles'][string];

/** A role with all that was not said filled in. */
export interface Role {
  readonly name: string;
  readonly spec: RoleSpec;
  readonly mechanisms: readonly string[];
  /** Pods that it needs in order to be there: replicas, or the fewest of an autoscaler. */
  readonly floor: number;
}

const defaultMechanisms: Readonly<Record<string, readonly string[]>> = {
  generator: ['explorer', 'catalyst', 'quantifier'],
  evaluator: ['sentinel', 'stagnation', 'planner'],
  executor: ['proto'],
};

/** The roles by name. While there is no executor, the evaluator does its work. */
export function rolesOf(spec: InstanceSpec): readonly Role[] {
  const hasExecutor = 'executor' in spec.roles;
  return Object.entries(spec.roles)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, role]) => {
      const known = defaultMechanisms[name] ?? [];
      const lent = name === 'evaluator' && !hasExecutor ? (defaultMechanisms['executor'] ?? []) : [];
      return {
        ...{ name, spec: role },
        mechanisms: role.mechanisms ?? [...known, ...lent],
        floor: spec.suspend ? 0 : (role.autoscaling?.minReplicas ?? role.replicas ?? 1),
      };
    });
}
