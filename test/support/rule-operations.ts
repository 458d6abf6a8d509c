import { type OperationFacts, operationsOf } from '../../runtime/engine/rules/check.ts';
import { catalyst } from '../../runtime/mechanisms/catalyst/index.ts';
import { explorer } from '../../runtime/mechanisms/explorer/index.ts';
import { planner } from '../../runtime/mechanisms/planner/index.ts';
import { proto } from '../../runtime/mechanisms/proto/index.ts';
import { quantifier } from '../../runtime/mechanisms/quantifier/index.ts';
import { sentinel } from '../../runtime/mechanisms/sentinel/index.ts';
import { stagnation } from '../../runtime/mechanisms/stagnation/index.ts';

/** What the operations of the first batch take and emit. */
export const operationFacts: readonly OperationFacts[] = operationsOf([
  explorer,
  catalyst,
  sentinel,
  stagnation,
  planner,
  quantifier,
  proto,
]);
