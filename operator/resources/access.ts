import { kinds } from '../kinds.ts';
import type { Role } from '../plan/roles.ts';
import { childOf, type Manifest, type Owner } from './metadata.ts';

export const serviceAccountName = (owner: Owner, role: string): string => `${owner.name}-${role}`;

/** Who the pods of a role are; nothing mounts its token. */
export const serviceAccountOf = (owner: Owner, role: Role): Manifest =>
  childOf(owner, kinds.serviceAccount, {
    name: serviceAccountName(owner, role.name),
    component: role.name,
    annotations: role.spec.serviceAccount?.annotations ?? {},
    automountServiceAccountToken: false,
  });
