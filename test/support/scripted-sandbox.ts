import type { ProtoBlock } from '../../runtime/domain/proto-block.ts';
import type { Sandbox, SandboxOffer, SandboxRun } from '../../runtime/ports/sandbox.ts';

export interface ScriptedSandbox extends Sandbox {
  /** The blocks so far, in order of arrival. */
  readonly blocks: readonly ProtoBlock[];
}

const ran: SandboxRun = {
  outcome: 'ok',
  result: { holds: true, figure: 3 },
  stdout: '',
  stderr: '',
  exitCode: 0,
  cpuMs: 12.5,
  wallMs: 20,
  peakMemoryMiB: 18,
  image: `sha256:${'a'.repeat(64)}`,
};

/** A sandbox in which a program ends as the script says; `ok` with a figure unless it says more. */
export function createScriptedSandbox(
  script: (block: ProtoBlock, run: number) => Partial<SandboxRun> = () => ({}),
  offer: Partial<SandboxOffer> = {},
): ScriptedSandbox {
  const blocks: ProtoBlock[] = [];
  return {
    blocks,
    offer: {
      dialects: ['javascript', 'python'],
      packages: ['numpy'],
      maximum: { cpuSeconds: 60, memoryMiB: 1024, wallSeconds: 120, outputKiB: 256 },
      ...offer,
    },
    async run(block) {
      blocks.push(block);
      const { result, ...rest } = ran;
      const given = script(block, blocks.length - 1);
      return { ...rest, ...((given.outcome ?? 'ok') === 'ok' ? { result } : {}), ...given };
    },
    health: async () => ({ ok: true, detail: 'scripted' }),
    close: async () => undefined,
  };
}

type ProgramAnswer = Omit<ProtoBlock, 'id' | 'limits'>;

/** What a model would write as a program for the claim; `more` changes parts of it. */
export const programAnswer = (more: Partial<ProgramAnswer> = {}): ProgramAnswer => ({
  dialect: 'javascript',
  code: 'export function check(inputs) {\n  return { holds: inputs.n > 2, figure: inputs.n };\n}\n',
  entryPoint: 'check',
  inputs: { n: 3 },
  requirements: [],
  expects: {
    type: 'object',
    properties: { holds: { type: 'boolean' }, figure: { type: 'number' } },
    required: ['holds', 'figure'],
    additionalProperties: false,
  },
  ...more,
});
