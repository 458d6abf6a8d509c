import type { ProtoBlock } from '../domain/proto-block.ts';

export const sandboxOutcomes = ['ok', 'program-error', 'timeout', 'out-of-memory', 'output-limit', 'rejected'] as const;
export type SandboxOutcome = (typeof sandboxOutcomes)[number];

export interface SandboxRun {
  readonly outcome: SandboxOutcome;
  /** JSON value that the entry point returned; only with `ok`. */
  readonly result?: unknown;
  /** Why the static checks refused it; only with `rejected`. */
  readonly reasons?: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly peakMemoryMiB: number;
  /** Digest of the image that it ran in; `none` where nothing ran. */
  readonly image: string;
}

/** What a sandbox can run; stands in prompts as "what can be run". */
export interface SandboxOffer {
  readonly dialects: readonly ProtoBlock['dialect'][];
  readonly packages: readonly string[];
  readonly maximum: ProtoBlock['limits'];
}

/**
 * Runs one program away from everything. A failing program is a result. The same block has the same outcome under each executor.
 * Output is cut at `limits.outputKiB` while it is read. Throws SANDBOX_DISABLED where none is configured, SANDBOX_BUSY and
 * SANDBOX_UNAVAILABLE (both retryable), EFFECT_ABORTED; after any of them nothing of the block runs any more.
 */
export interface Sandbox {
  /** Absent where nothing can be run. */
  readonly offer: SandboxOffer | undefined;
  run(block: ProtoBlock, options: { abort: AbortSignal; workId: string }): Promise<SandboxRun>;
  health(): Promise<{ ok: boolean; detail: string }>;
  close(): Promise<void>;
}
