import { NireonError } from '../domain/errors.ts';
import { viewOf } from '../engine/session-view.ts';
import { ruleProblem } from '../server/api-engine.ts';
import { wireEngine } from '../wiring.ts';
import type { Explorer } from './backend.ts';
import type { Cli, Given } from './command.ts';
import { answersText } from './answers-text.ts';
import { provideEmbedder } from './provide-embedder.ts';
import { eventText } from './event-text.ts';
import { storeBackend } from './local.ts';
import { chooseModel } from './model-choice.ts';
import { settingsWithModels } from './settings.ts';

export interface During {
  readonly abort: AbortSignal;
  /** What a person who watches likes to know. */
  readonly tell: (line: string) => void;
  /** What nobody should miss. */
  readonly warn: (line: string) => void;
}

/** An engine in this process. Who answers, and what people should hear of while it works, goes to `tell`, each sentence once. */
export async function openLocalExplorer(
  given: Given,
  cli: Cli,
  { abort, tell, warn }: During,
): Promise<{ explorer: Explorer; model: string | undefined }> {
  const asked = given.text('model');
  const extra = { baseUrl: given.text('base-url'), price: given.text('price') };
  if (asked === undefined && (extra.baseUrl ?? extra.price) !== undefined) {
    throw new NireonError('USAGE', '--base-url and --price go with --model provider:model');
  }
  const choice = asked === undefined ? undefined : chooseModel({ model: asked, ...extra }, cli.env);
  const overrides = choice?.kind === 'added' ? [{ name: '--model', value: { llm: choice.llm } }] : [];
  const settings = await settingsWithModels(given, cli, overrides);
  const { config } = settings;
  if (choice?.kind === 'key' && !Object.hasOwn(config.llm.models, choice.key)) {
    const known = Object.keys(config.llm.models).join(', ');
    throw new NireonError(
      'USAGE',
      `--model ${choice.key} is no key of llm.models (${known}); a model that is not configured is provider:model, like ollama:qwen3`,
    );
  }
  const told = new Set<string>();
  const once = (line: string | undefined): void => {
    if (line === undefined || told.has(line)) return;
    told.add(line);
    tell(line);
  };
  const model = choice?.kind === 'key' ? choice.key : undefined;
  tell(answersText(config.llm, model));
  settings.notices.forEach(once);
  await provideEmbedder(given, cli, config, abort);
  const { engine, close } = await wireEngine({
    ...settings,
    abort,
    observe: (event) => (event.type === 'store-lost' ? warn(eventText(event) ?? '') : once(eventText(event))),
  });
  const { store } = engine;
  const explorer: Explorer = {
    ...storeBackend(store, config),
    async create(request) {
      const { created, session } = await engine.createSession(request);
      return { created, view: await viewOf(store, session) };
    },
    async storeRules(files) {
      const result = await engine.putRules(files, { dryRun: false });
      if ('digest' in result) return result.digest;
      throw new NireonError('RULES_INVALID', 'the rules are not valid:', { problems: result.problems.map(ruleProblem) });
    },
    follow: (id, after, signal) => engine.follow(id, after, signal),
    work: async (sessionId) => engine.start({ sessionId }),
    drain: async () => engine.drain(Math.max(1, config.drain.gracePeriodSeconds - 5) * 1000),
    close,
  };
  return { explorer, model };
}
