import { z } from 'zod';
import { blockProblems } from '../../domain/block-check.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import { dialects, type ProtoBlock } from '../../domain/proto-block.ts';
import type { Material } from '../../ports/llm.ts';
import type { MechanismContext, SignalDraft } from '../../ports/mechanism.ts';
import type { SandboxOffer } from '../../ports/sandbox.ts';
import type { QuantifierConfig } from './config.ts';

type Context = MechanismContext<QuantifierConfig>;

const programSchema = z.strictObject({
  dialect: z.enum(dialects),
  code: z.string().min(1).max(20_000),
  entryPoint: z.string().min(1).max(64),
  inputs: z.record(z.string(), z.json()),
  requirements: z.array(z.string().max(64)).max(16),
  expects: z.record(z.string(), z.json()),
});
type Program = z.infer<typeof programSchema>;

export interface Claim {
  readonly ideaId: string;
  readonly text: string;
}

export const offerText = ({ dialects: kinds, packages, maximum }: SandboxOffer): string =>
  `dialects: ${kinds.join(', ')}\npackages: ${packages.join(', ') || 'none'}\nlimits: ${maximum.cpuSeconds} s of CPU, ${maximum.memoryMiB} MiB, ${maximum.outputKiB} KiB of output`;

/** Has the program written, and once more with the reasons if the static checks refuse it. */
export async function writeProgram(
  claim: Claim,
  offer: SandboxOffer,
  first: { readonly name: 'write' | 'rewrite'; readonly ordinal: number; readonly material: readonly Material[] },
  context: Context,
): Promise<{ block: ProtoBlock } | { code: ErrorCode }> {
  const given: Material[] = [
    { label: 'claim', text: claim.text },
    { label: 'what can be run', text: offerText(offer) },
  ];
  const ask = (name: 'write' | 'rewrite', ordinal: number, more: readonly Material[]) =>
    context.llm({
      name,
      ordinal,
      stage: 'synthesis',
      role: 'proto-author',
      subject: claim.ideaId,
      material: [...given, ...more],
      answer: programSchema,
      temperature: 0.1,
      maxOutputTokens: 2048,
    });
  const blockOf = (program: Program): ProtoBlock => ({ ...program, id: `blk_${context.frame.openedBy}`, limits: context.config.block });

  const answer = await ask(first.name, first.ordinal, first.material);
  if (!answer.ok) return { code: answer.code };
  const problems = blockProblems(blockOf(answer.value), offer);
  if (problems.length === 0) return { block: blockOf(answer.value) };
  const again = await ask('rewrite', first.ordinal + 1, [
    { label: 'code', text: answer.value.code },
    { label: 'problems', text: problems.join('\n') },
  ]);
  if (!again.ok) return { code: again.code };
  return blockProblems(blockOf(again.value), offer).length === 0 ? { block: blockOf(again.value) } : { code: 'PROTO_REJECTED' };
}

export const requested = (claim: Claim, depth: number, block: ProtoBlock, attempt: number): SignalDraft => ({
  type: 'proto.requested',
  subject: claim.ideaId,
  depth,
  data: { ideaId: claim.ideaId, claim: claim.text, block, attempt },
});
