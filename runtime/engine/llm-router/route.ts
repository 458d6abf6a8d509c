import type { Problem } from '../../domain/errors.ts';
import { NireonError } from '../../domain/errors.ts';
import type { LlmPolicy } from '../../domain/frame.ts';
import { type LlmStage, llmStages } from '../../ports/llm.ts';

export interface LlmSettings {
  readonly temperature?: number;
  readonly topP?: number;
  readonly maxOutputTokens?: number;
}

/** For the calls of this stage and role (absent: any), these models in this order, with these settings. */
export interface LlmRoute extends LlmSettings {
  readonly stage?: LlmStage;
  readonly role?: string;
  /** Keys of `llm.models`: the first is asked, the others when it fails. */
  readonly models: readonly string[];
}

export interface ResolvedCall {
  readonly models: readonly string[];
  readonly settings: LlmSettings;
}

/**
 * What routing makes of a call: the chain of models and the settings that reach them. The most specific route of stage + role, role,
 * stage, default; settings of the call (its defaults), over them the route's, over them the frame's; `sessionModel`, and over it the
 * frame's own model, replaces the chain. A model that is not configured is CONFIG_INVALID.
 */
export function resolveCall(
  routes: readonly LlmRoute[],
  known: ReadonlySet<string>,
  call: LlmSettings & { readonly stage: LlmStage; readonly role: string },
  frame: LlmPolicy,
  sessionModel?: string,
): ResolvedCall {
  const route = chooseRoute(routes, call.stage, call.role);
  const only = frame.model ?? sessionModel;
  if (only !== undefined && !known.has(only)) throw new NireonError('CONFIG_INVALID', `model "${only}" is not configured`);
  return {
    models: only === undefined ? route.models : [only],
    settings: { ...settingsOf(call), ...settingsOf(route), ...settingsOf(frame) },
  };
}

function chooseRoute(routes: readonly LlmRoute[], stage: LlmStage, role: string): LlmRoute {
  const fits = (wantedStage: string | undefined, wantedRole: string | undefined) =>
    routes.find((route) => route.stage === wantedStage && route.role === wantedRole);
  const route = fits(stage, role) ?? fits(undefined, role) ?? fits(stage, undefined) ?? fits(undefined, undefined);
  if (route === undefined) throw new NireonError('CONFIG_INVALID', `no route serves stage ${stage}, role ${role}`);
  return route;
}

function settingsOf(from: LlmSettings): LlmSettings {
  return {
    ...(from.temperature === undefined ? {} : { temperature: from.temperature }),
    ...(from.topP === undefined ? {} : { topP: from.topP }),
    ...(from.maxOutputTokens === undefined ? {} : { maxOutputTokens: from.maxOutputTokens }),
  };
}

/** All that is wrong with routes, each with its path in the configuration; none if every call of every stage and role finds its chain. */
export function checkRoutes(
  routes: readonly { readonly stage?: string | undefined; readonly role?: string | undefined; readonly models: readonly string[] }[],
  known: { readonly models: ReadonlySet<string>; readonly roles: ReadonlySet<string> },
): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  const say = (path: string, message: string) => problems.push({ path: `llm.routes${path}`, message });
  routes.forEach(({ stage, role, models }, i) => {
    if (stage !== undefined && !(llmStages as readonly string[]).includes(stage)) {
      say(`[${i}].stage`, `"${stage}" is no stage: one of ${llmStages.join(', ')}`);
    }
    if (role !== undefined && !known.roles.has(role)) say(`[${i}].role`, `"${role}" is no role: one of ${[...known.roles].join(', ')}`);
    if (models.length === 0) say(`[${i}].models`, 'names no model');
    models.forEach((model, j) => {
      if (!known.models.has(model)) say(`[${i}].models[${j}]`, `"${model}" is not a key of llm.models`);
      if (models.indexOf(model) !== j) say(`[${i}].models[${j}]`, `"${model}" stands twice in one chain`);
    });
    const place = `${stage ?? '*'}/${role ?? '*'}`;
    if (seen.has(place)) say(`[${i}]`, 'another route serves the same stage and role');
    seen.add(place);
  });
  if (!seen.has('*/*')) say('', 'needs a default: a route without stage and role');
  return problems;
}
