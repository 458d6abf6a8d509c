import { catalyst } from './mechanisms/catalyst/index.ts';
import { explorer } from './mechanisms/explorer/index.ts';
import { planner } from './mechanisms/planner/index.ts';
import { proto } from './mechanisms/proto/index.ts';
import { quantifier } from './mechanisms/quantifier/index.ts';
import { sentinel } from './mechanisms/sentinel/index.ts';
import { stagnation } from './mechanisms/stagnation/index.ts';
import type { Mechanism } from './ports/mechanism.ts';

/** Every mechanism of this program, by name. An operation's own types are known to itself alone, so they are left out here. */
export const mechanisms: ReadonlyMap<string, Mechanism> = new Map(
  [explorer, catalyst, sentinel, stagnation, planner, quantifier, proto].map((each) => [each.name, each as unknown as Mechanism]),
);
