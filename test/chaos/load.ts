import { startFakeProvider } from '../support/fake-provider.ts';

export interface ChaosRequest {
  readonly id: string;
  readonly objective: string;
  readonly seeds: readonly string[];
  readonly policy: object;
  readonly limits: { readonly llmCalls: number };
}

/** The n-th session of a chaos run: its number stands in the objective, so that the provider knows for whom it works. */
export const kindOfSession = (n: number): ChaosRequest => ({
  id: idOf(n),
  objective: `Find the way in exploration number ${n}.`,
  seeds: ['A seed to grow from.'],
  policy: { depth: 3, variations: 3, experiments: false },
  limits: { llmCalls: 12 + (n % 5) * 6 },
});

const idOf = (n: number | string): string => `ses_chaos${n}`;

export interface CountingProvider {
  /** Calls taken, by session id. */
  readonly asked: ReadonlyMap<string, number>;
  /** What a runtime's configuration must say to use it, and to be quick. */
  readonly config: object;
  close(): Promise<void>;
}

/** A provider over real HTTP that answers after 20 to 200 ms (`delayMs` for another time) and counts for itself. */
export async function startCountingProvider(
  delayMs: (index: number) => number = (index) => 20 + (index % 7) * 30,
): Promise<CountingProvider> {
  const asked = new Map<string, number>();
  const provider = await startFakeProvider({
    reply(call) {
      const id = idOf(/exploration number (\d+)/.exec(call.text)?.[1] ?? '?');
      asked.set(id, (asked.get(id) ?? 0) + 1);
      return { delayMs: delayMs(call.index) };
    },
  });
  const baseUrl = provider.baseUrl('openai-compatible');
  return {
    asked,
    config: {
      embedder: { provider: 'hashing' },
      api: { port: 0 },
      ops: { port: 0 },
      explorer: { minNovelty: 0 },
      llm: { models: { fake: { provider: 'openai-compatible', model: 'fake', baseUrl, contextTokens: 100_000 } } },
    },
    close: () => provider.close(),
  };
}
