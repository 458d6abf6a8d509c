import { NireonError } from '../../../domain/errors.ts';
import type { Llm, LlmRequest } from '../../../ports/llm.ts';
import { decide, writeProgram } from './experiments/analyse.ts';
import { fitSchema } from './fit-schema.ts';
import { judge, rejudge } from './grading/grade.ts';
import { writeIdea } from './writing/write.ts';

/**
 * Not a language model, and says so: it writes by putting phrases of seed, objective and concepts through a table of inventive moves, and
 * grades by counting. It reads the parts of a call and not its messages. The same parts and schema give the same answer, which fits the
 * schema; a call that it doesn't know gets the least that fits. Free, keeps nothing, about a millisecond a call: for a first look, offline
 * demos, load tests, and as the plain baseline that a model must beat.
 */
export function createBuiltinLlm(): Llm {
  let closed = false;
  return {
    async complete(request, { abort }) {
      if (abort.aborted || closed) throw new NireonError('EFFECT_ABORTED');
      const text = JSON.stringify(request.schema === undefined ? answer(request) : fitSchema(answer(request), request.schema));
      const asked = request.messages.reduce((sum, message) => sum + message.content.length, 0);
      return { outcome: 'answered', text, usage: { inputTokens: tokens(asked), outputTokens: tokens(text.length) }, model: 'builtin' };
    },
    health: async () => ({ ok: !closed, detail: 'builtin, no language model' }),
    close: async () => void (closed = true),
  };
}

const tokens = (characters: number): number => Math.ceil(characters / 4);

function answer({ parts, schema = {} }: LlmRequest): unknown {
  switch (parts.name.replace(/-repair$/u, '')) {
    case 'vary':
    case 'blend':
      return writeIdea(parts, schema);
    case 'judge':
      return judge(parts);
    case 'rejudge':
      return rejudge(parts);
    case 'decide':
      return decide(parts);
    case 'write':
    case 'rewrite':
      return writeProgram(parts);
    default:
      return {};
  }
}
