import { z } from 'zod';
import { blockProblems } from '../../domain/block-check.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import { dialects, protoBlockSchema, type ProtoBlock } from '../../domain/proto-block.ts';
import type { Material } from '../../ports/llm.ts';
import type { MechanismContext, SignalDraft } from '../../ports/mechanism.ts';
import type { SandboxOffer } from '../../ports/sandbox.ts';
import type { QuantifierConfig } from './config.ts';

type Context = MechanismContext<QuantifierConfig>;

const programSchema = z.strictObject({
  dialect: z.enum(dialects),
  code: z.string().min(1).max(20_000),
  entryPoint: z.string().min(1).max(64),
  inputs: z.record(z.string(), z.unknown()),
  requirements: z.array(z.string().max(64)).max(16),
  expects: z.record(z.string(), z.unknown()),
});
type Program = z.infer<typeof programSchema>;

/** What a program is to test, and how often one has been asked for. */
export interface Claim {
  readonly ideaId: string;
  readonly depth: number;
  readonly text: string;
  readonly attempt: number;
}

/** A program that was written before and cannot stand. */
export interface Faulty {
  readonly code: string;
  readonly problems: string;
}

export const offerText = ({ dialects: kinds, packages, maximum }: SandboxOffer): string =>
  `dialects: ${kinds.join(', ')}\npackages: ${packages.join(', ') || 'none'}\nlimits: ${maximum.cpuSeconds} s of CPU, ${maximum.memoryMiB} MiB, ${maximum.outputKiB} KiB of output`;

/** Has the program written, or a faulty one written again; and once more with the reasons if the static checks refuse it. */
export async function writeProgram(
  claim: Claim,
  offer: SandboxOffer,
  faulty: Faulty | undefined,
  context: Context,
): Promise<{ block: ProtoBlock } | { code: ErrorCode }> {
  let rewrites = 0;
  let given = faulty;
  for (;;) {
    const answer = await ask(claim, offer, given, given ? rewrites++ : 0, context);
    if (!answer.ok) return { code: answer.code };
    const candidate = { ...answer.value, id: `blk_${claim.ideaId}_${claim.attempt}`, limits: context.config.block };
    const problems = blockProblems(candidate, offer);
    if (problems.length === 0) return { block: protoBlockSchema.parse(candidate) };
    // The first program may be written again once for these checks, whatever it was written for.
    if (given && given !== faulty) return { code: 'PROTO_REJECTED' };
    given = { code: answer.value.code, problems: problems.join('\n') };
  }
}

function ask(claim: Claim, offer: SandboxOffer, faulty: Faulty | undefined, ordinal: number, { llm }: Context) {
  const material: Material[] = [
    { label: 'claim', text: claim.text },
    { label: 'what can be run', text: offerText(offer) },
  ];
  if (faulty) material.push({ label: 'code', text: faulty.code }, { label: 'problems', text: faulty.problems });
  return llm<Program>({
    name: faulty ? 'rewrite' : 'write',
    ordinal,
    stage: 'synthesis',
    role: 'proto-author',
    subject: claim.ideaId,
    material,
    answer: programSchema,
    temperature: 0.1,
    maxOutputTokens: 2048,
  });
}

export const requested = ({ ideaId, depth, text, attempt }: Claim, block: ProtoBlock): SignalDraft => ({
  type: 'proto.requested',
  subject: ideaId,
  depth,
  data: { ideaId, claim: text, block, attempt },
});
