import type { LlmConfig, ModelConfig } from '../config-llm.ts';
import { howToChange } from './model-choice.ts';

/** The first line of a run: which model answers, and how to change it in one command. */
export function answersText({ models, routes }: LlmConfig, model?: string): string {
  const of = (stage: string): string | undefined =>
    model ??
    (
      routes.find((route) => route.stage === stage && route.role === undefined) ??
      routes.find((route) => route.stage === undefined && route.role === undefined)
    )?.models[0];
  const [writes, judges] = [of('exploration'), of('critique')];
  const described = (name: string | undefined): string => (name === undefined ? 'nobody' : nameOf(name, models[name]));
  if (writes === 'builtin' || (writes !== undefined && models[writes]?.provider === 'builtin')) {
    return `answers: builtin, which is no language model (free and instant, for a first look); ${howToChange}`;
  }
  const judged = judges === writes ? '' : `, judged by ${described(judges)}`;
  return `answers: ${described(writes)}${judged}; ${howToChange}`;
}

function nameOf(name: string, model: ModelConfig | undefined): string {
  if (model === undefined) return name;
  if ('model' in model)
    return `${model.model} (${'baseUrl' in model && model.baseUrl !== undefined ? new URL(model.baseUrl).host : model.provider})`;
  return 'file' in model ? `${model.file} (on this machine)` : name;
}
