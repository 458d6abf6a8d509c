import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { NireonError } from '../../domain/errors.ts';
import type { JsonSchema } from '../../ports/llm.ts';

/** The release that local.ts was written and tested against. */
export const llamaVersion = '3.22.1';

/** What local.ts uses of node-llama-cpp, which is not installed with the rest (docs/decisions/2026-11-23-local-models.md). */
export interface LlamaPackage {
  readonly getLlama: (options: object) => Promise<Llama>;
  readonly resolveChatWrapper: (model: LlamaModel, options: object) => ChatWrapper;
  readonly LlamaCompletion: new (options: { contextSequence: LlamaSequence }) => LlamaCompletion;
}

export interface Llama {
  loadModel(options: { modelPath: string }): Promise<LlamaModel>;
  createGrammarForJsonSchema(schema: JsonSchema): Promise<object>;
  dispose(): Promise<void>;
}

export interface LlamaModel {
  readonly tokenizer: unknown;
  readonly trainContextSize: number;
  createContext(options: { contextSize: number; sequences: 1; threads?: number }): Promise<{ getSequence(): LlamaSequence }>;
}

export interface LlamaSequence {
  clearHistory(): Promise<void>;
}

export type ChatItem = { type: 'system' | 'user'; text: string } | { type: 'model'; response: string[] };

export interface ChatWrapper {
  generateContextState(options: { chatHistory: readonly ChatItem[] }): {
    contextText: { tokenize(tokenizer: unknown): number[] };
    stopGenerationTriggers: readonly unknown[];
  };
}

export interface LlamaCompletion {
  generateCompletionWithMeta(tokens: readonly number[], options: object): Promise<{ response: string; metadata: { stopReason: string } }>;
}

/** The package that holds the compiled library for this machine, without GPU support but for Apple's. */
function binaryPackage(): string {
  const machine = `${process.platform}-${process.arch}`;
  const names: Record<string, string> = {
    'darwin-arm64': 'mac-arm64-metal',
    'darwin-x64': 'mac-x64',
    'win32-x64': 'win-x64',
    'win32-arm64': 'win-arm64',
  };
  return `@node-llama-cpp/${names[machine] ?? machine}`;
}

/** npm's arguments that put the package, for this machine's CPU only, into a folder of its own: 85 MB instead of 700. */
export function llamaInstallArguments(folder: string): readonly string[] {
  const packages = [`node-llama-cpp@${llamaVersion}`, `${binaryPackage()}@${llamaVersion}`];
  return ['install', '--prefix', folder, '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund', ...packages];
}

/**
 * node-llama-cpp, from where Node finds it or else from `folder`. MODEL_MISSING with the command that installs it if it is in neither;
 * MODEL_INVALID if it is there and does not load.
 */
export async function loadLlamaPackage(folder: string | undefined): Promise<LlamaPackage> {
  const places = ['node-llama-cpp'];
  if (folder !== undefined) places.push(pathToFileURL(join(folder, 'node_modules/node-llama-cpp/dist/index.js')).href);
  for (const place of places) {
    try {
      return (await import(place)) as LlamaPackage;
    } catch (error) {
      const code = (error as { code?: unknown } | null)?.code;
      if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') continue;
      throw new NireonError('MODEL_INVALID', 'node-llama-cpp is installed but cannot be loaded', { cause: error });
    }
  }
  const command = `npm ${llamaInstallArguments(folder ?? '<folder>').join(' ')}`;
  throw new NireonError('MODEL_MISSING', `a local model needs node-llama-cpp, which is not installed: run ${command}`);
}
