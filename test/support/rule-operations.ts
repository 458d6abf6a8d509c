import { z } from 'zod';
import { signalData } from '../../runtime/domain/signal.ts';
import type { OperationFacts } from '../../runtime/engine/rules/check.ts';

const ideaId = z.string();

/** What the operations of the first batch take and emit (engine.md 4). */
export const operationFacts: readonly OperationFacts[] = [
  {
    name: 'explorer.explore',
    input: z.strictObject({ ideaId, variations: z.int().min(1), divergence: z.number() }),
    emits: ['idea.generated'],
  },
  {
    name: 'catalyst.blend',
    input: z.strictObject({ ideaId, cause: z.enum(['planned', 'promising', 'stagnation']) }),
    emits: ['idea.catalyzed'],
  },
  { name: 'sentinel.assess', input: z.strictObject({ ideaId }), emits: ['idea.assessed'] },
  { name: 'sentinel.reassess', input: z.strictObject({ ideaId, claim: z.string(), result: z.json() }), emits: ['idea.assessed'] },
  {
    name: 'stagnation.check',
    input: z.strictObject({ level: signalData['level.assessed'] }),
    emits: ['step.requested', 'stagnation.detected'],
  },
  { name: 'planner.plan', input: z.strictObject({ step: signalData['step.requested'] }), emits: ['seed.planted'] },
  { name: 'quantifier.decide', input: z.strictObject({ ideaId }), emits: ['proto.requested'] },
  { name: 'quantifier.repair', input: z.strictObject({ failure: signalData['proto.failed'] }), emits: ['proto.requested'] },
  { name: 'proto.run', input: z.strictObject({ task: signalData['proto.requested'] }), emits: ['proto.finished', 'proto.failed'] },
];
