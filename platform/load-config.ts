import type { z } from 'zod';
import type { ConfigLayer, ConfigProblem } from './config-file.ts';
import { didYouMean } from './did-you-mean.ts';
import { sayIssue } from './say-issue.ts';
import { listSettings, nodeAt, type SchemaNode, schemaNodeOf, variableName } from './settings.ts';

export interface ConfigRequest<Schema extends z.ZodType> {
  readonly schema: Schema;
  /** Of variables: `NIREON`. */
  readonly prefix: string;
  /** The environment; an empty variable counts as unset. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Variables with the prefix that are no settings. */
  readonly otherVariables?: readonly string[];
  /** Stronger than what stands before it, weaker than the environment. */
  readonly files?: readonly ConfigLayer[];
  /** Stronger than the environment: options of the command line. */
  readonly overrides?: readonly ConfigLayer[];
}

export interface LoadedConfig<Config> {
  readonly ok: true;
  readonly config: Config;
  /** Path of each key that was said, and of each leaf that was not: `default`, `file:line`, a variable, an option. */
  readonly originOf: (path: readonly string[]) => string;
}

export type ConfigResult<Config> = LoadedConfig<Config> | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

const maxProblems = 100;

/**
 * Defaults, files, environment, options, each stronger than the one before: maps are merged, all else is replaced. Gives the value of the
 * schema, or every problem at once, each with its path, where it was said, and the variable that would set it. Never throws.
 */
export function loadConfig<Schema extends z.ZodType>(request: ConfigRequest<Schema>): ConfigResult<z.output<Schema>> {
  const root = schemaNodeOf(request.schema);
  const fromEnvironment = readEnvironment(request, root);
  const layers = [...(request.files ?? []), fromEnvironment.layer, ...(request.overrides ?? [])];
  const value = layers.reduce<unknown>((whole, layer) => merge(whole, layer.value), {});
  const sayer = (path: readonly string[]): ConfigLayer | undefined => layers.findLast((layer) => has(layer.value, path));
  const originOf = (path: readonly string[]): string => sayer(path)?.originOf(path) ?? 'default';

  const parsed = request.schema.safeParse(value, { error: sayIssue });
  const problems = [...fromEnvironment.problems];
  for (const issue of parsed.error?.issues ?? []) {
    const path = issue.path.map(String);
    if (issue.code === 'unrecognized_keys') {
      const known = Object.keys(nodeAt(root, path, value)?.properties ?? {});
      for (const key of issue.keys) tell([...path, key], `is not a setting${suggestion(didYouMean(key, known))}`);
    } else if (issue.code === 'invalid_key') {
      for (const inner of issue.issues) tell(path, `has a name that is not allowed: ${inner.message}`);
    } else if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      tell(path, `fits none of what is allowed: ${issue.errors.map((errors) => errors[0]?.message ?? '').join('; ')}`);
    } else tell(path, issue.message);
  }
  if (parsed.success && problems.length === 0) return { ok: true, config: parsed.data, originOf };
  if (problems.length > maxProblems) {
    problems.splice(maxProblems, Infinity, { path: '', message: `and ${problems.length - maxProblems} more problems` });
  }
  return { ok: false, problems };

  function tell(path: readonly string[], message: string): void {
    const variable = variableName(request.prefix, path);
    // What is missing has no place of its own: its section's is the nearest.
    const said = sayer(path)?.originOf(path) ?? (path.length > 1 ? sayer(path.slice(0, -1))?.originOf(path) : undefined);
    const where = [said, fromEnvironment.variables.has(variable) && said !== variable ? `variable ${variable}` : undefined];
    const places = where.filter((text) => text !== undefined).join('; ');
    problems.push({ path: pathText(path), message: places === '' ? message : `${message} (${places})` });
  }
}

/** llm.routes[0].models */
const pathText = (path: readonly string[]): string => path.join('.').replace(/\.(\d+)(?=\.|$)/g, '[$1]');

const suggestion = (word: string | undefined): string => (word === undefined ? '' : `; did you mean ${word}?`);

/** Kubernetes puts these beside every container for services named like the prefix; they are no misspelt settings. */
const serviceLink = /_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/;
const isServiceLink = (name: string, text: string): boolean =>
  serviceLink.test(name) || (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(text));

function readEnvironment(
  { prefix, env, otherVariables = [] }: ConfigRequest<z.ZodType>,
  root: SchemaNode,
): { layer: ConfigLayer; problems: ConfigProblem[]; variables: ReadonlySet<string> } {
  const settings = listSettings(root, prefix).filter((setting) => setting.variable !== undefined);
  const variables = new Map(settings.map((setting) => [setting.variable!, setting]));
  const value = {};
  const problems: ConfigProblem[] = [];
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith(`${prefix}_`) || text === undefined || text === '') continue;
    const setting = variables.get(name);
    if (setting !== undefined) put(value, setting.path.split('.'), fromText(text, setting.node));
    else if (!otherVariables.includes(name) && !isServiceLink(name, text)) {
      problems.push({
        path: name,
        message: `is not a variable of a setting${suggestion(didYouMean(name, [...variables.keys(), ...otherVariables]))}`,
      });
    }
  }
  return {
    layer: { value, originOf: (path) => variableName(prefix, path) },
    problems,
    variables: new Set(variables.keys()),
  };
}

/** The value that a variable's text means; what does not read as the schema's type is left for the schema to refuse. */
function fromText(text: string, node: SchemaNode): unknown {
  switch (node.type) {
    case 'integer':
    case 'number':
      return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'array':
      return text.split(',').map((item) => fromText(item.trim(), node.items ?? {}));
    default:
      return text;
  }
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function merge(weak: unknown, strong: unknown): unknown {
  if (strong === undefined) return weak;
  if (!isMap(weak) || !isMap(strong)) return strong;
  const whole = { ...weak };
  for (const key of Object.keys(strong)) whole[key] = merge(Object.hasOwn(weak, key) ? weak[key] : undefined, strong[key]);
  return whole;
}

function has(value: unknown, path: readonly string[]): boolean {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return false;
    at = (at as Record<string, unknown>)[key];
  }
  return at !== undefined;
}

function put(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let at = target;
  for (const key of path.slice(0, -1)) at = (at[key] ??= {}) as Record<string, unknown>;
  at[path.at(-1)!] = value;
}
