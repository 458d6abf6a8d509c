import { kinds } from '../kinds.ts';
import { annotations, childOf, type Manifest, type Owner } from './metadata.ts';

type Json = Readonly<Record<string, unknown>>;

/** A pod template on record: what a role ran, runs, or is to run. */
export interface Revision {
  /** Hash of the template; the last part of the name. */
  readonly id: string;
  /** Hash of what the template was made from. */
  readonly inputs: string;
  /** Rises with each new one of a role. */
  readonly number: number;
  readonly outcome: 'stable' | 'failed' | undefined;
  readonly template: Json;
}

export const revisionName = (owner: Owner, role: string, id: string): string => `${owner.name}-${role}-${id}`;

/** The record of a revision, made before any Deployment carries it. Its template never changes; what came of it is noted later. */
export const controllerRevisionOf = (owner: Owner, role: string, { id, inputs, number, outcome, template }: Revision): Manifest =>
  childOf(owner, kinds.controllerRevision, {
    ...{ name: revisionName(owner, role, id), component: role },
    annotations: { [annotations.inputs]: inputs, ...(outcome === undefined ? {} : { [annotations.outcome]: outcome }) },
    revision: number,
    data: template,
  });
