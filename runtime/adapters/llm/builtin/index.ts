import { NireonError } from '../../../domain/errors.ts';
import type { Llm, LlmRequest } from '../../../ports/llm.ts';
import { decide, program } from './analyse.ts';
import { gradeEvidence, gradeIdea } from './grade.ts';
import { writeIdea } from './write.ts';

/**
 * Not a language model: it writes by putting phrases of seed, objective and concepts through a table of inventive moves, and grades by
 * counting. Deterministic, free, about a millisecond a call; for a first look, demos, load tests, and as the baseline that a model must beat.
 */
export function createBuiltinLlm(): Llm {
  return {
    async complete(request, { abort }) {
      if (abort.aborted) throw new NireonError('EFFECT_ABORTED');
      const text = JSON.stringify(answer(request));
      const inputTokens = Math.ceil(request.messages.reduce((sum, message) => sum + message.content.length, 0) / 4);
      return { outcome: 'answered', text, usage: { inputTokens, outputTokens: Math.ceil(text.length / 4) }, model: 'builtin' };
    },
    health: async () => ({ ok: true, detail: 'builtin, no language model' }),
    close: async () => undefined,
  };
}

function answer({ parts, schema = {} }: LlmRequest): unknown {
  switch (parts.name.replace(/-repair$/, '')) {
    case 'vary':
    case 'blend':
      return writeIdea(parts, schema);
    case 'judge':
      return gradeIdea(parts);
    case 'rejudge':
      return gradeEvidence(parts);
    case 'decide':
      return decide(parts);
    case 'write':
    case 'rewrite':
      return program(parts);
    default:
      throw new NireonError('LLM_REQUEST_INVALID', `builtin does not know how to answer "${parts.name}"`);
  }
}
