import { z } from 'zod';
import { signalData, type SignalData } from '../../domain/signal.ts';
import type { Mechanism, MechanismContext, OperationResult } from '../../ports/mechanism.ts';
import { quantifierConfig, type QuantifierConfig } from './config.ts';
import { offerText, requested, writeProgram } from './program.ts';
import { quantifierTasks } from './tasks.ts';

type Context = MechanismContext<QuantifierConfig>;

const decisionSchema = z.strictObject({
  decision: z.enum(['experiment', 'none']),
  claim: z.string().max(500),
  reason: z.string().max(500),
});

/** Decides whether a claim can be tested by computing, and has the program written. */
export const quantifier: Mechanism<QuantifierConfig> = {
  name: 'quantifier',
  version: 1,
  defaultRole: 'generator',
  config: quantifierConfig,
  tasks: quantifierTasks,
  operations: {
    decide: { input: z.strictObject({ ideaId: z.string() }), emits: ['proto.requested'], run: decide },
    repair: { input: z.strictObject({ failure: signalData['proto.failed'] }), emits: ['proto.requested'], run: repair },
  },
};

async function decide({ ideaId }: { ideaId: string }, context: Context): Promise<OperationResult> {
  const { visible, offer, llm } = context;
  const idea = visible.idea(ideaId);
  if (!idea) throw new Error(`idea ${ideaId} is not visible`);
  if (!offer) return { outcome: { result: 'decided', code: 'SANDBOX_DISABLED' } };
  const weaknesses = visible.assessment(ideaId)?.critiques.flatMap((critique) => critique.weaknesses) ?? [];
  const answer = await llm({
    name: 'decide',
    ordinal: 0,
    stage: 'analysis',
    role: 'quantifier-analyst',
    subject: ideaId,
    material: [
      { label: 'idea', text: `${idea.title}\n\n${idea.text}` },
      { label: 'weaknesses', text: weaknesses.join('\n') },
      { label: 'what can be run', text: offerText(offer) },
    ],
    answer: decisionSchema,
    temperature: 0.2,
    maxOutputTokens: 900,
  });
  if (!answer.ok) return { outcome: { result: 'decided', code: answer.code } };
  if (answer.value.decision === 'none' || answer.value.claim.trim() === '') return { outcome: { result: 'declined' } };

  const claim = { ideaId, depth: idea.depth, text: answer.value.claim, attempt: 1 };
  const written = await writeProgram(claim, offer, undefined, context);
  if ('code' in written) return { outcome: { result: 'decided', code: written.code } };
  return { signals: [requested(claim, written.block)], outcome: { result: 'requested' } };
}

/** Has a program that failed written once more, shown its code and the end of what it complained. */
async function repair({ failure }: { failure: SignalData<'proto.failed'> }, context: Context): Promise<OperationResult> {
  const { offer, visible } = context;
  if (!offer) return { outcome: { result: 'repaired', code: 'SANDBOX_DISABLED' } };
  const { ideaId, claim: text, block, code, detail } = failure;
  const claim = { ideaId, depth: visible.idea(ideaId)?.depth ?? 0, text, attempt: failure.attempt + 1 };
  const written = await writeProgram(claim, offer, { code: block.code, problems: `${code}\n${detail}` }, context);
  if ('code' in written) return { outcome: { result: 'repaired', code: written.code } };
  return { signals: [requested(claim, written.block)], outcome: { result: 'repaired' } };
}
