import type { JsonSchema } from '../../runtime/ports/llm.ts';
import type { HostedProvider } from '../../runtime/adapters/llm/provider-model.ts';

/** What was asked, read out of whichever wire format it came in. */
export interface WireRequest {
  readonly model: string;
  /** All texts of the prompt, system first. */
  readonly text: string;
  readonly schema?: JsonSchema;
  /** Whether the schema was sent as a tool that the model has to call (Anthropic, older models). */
  readonly byTool: boolean;
}

export type Finish = 'stop' | 'length' | 'refusal' | 'filter';
export type FailureName = 'rate-limit' | 'quota' | 'server' | 'overloaded' | 'auth' | 'missing' | 'context' | 'invalid' | 'filter';

export interface WireAnswer {
  readonly text: string;
  readonly finish: Finish;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly sayUsage: boolean;
}

/** A body of any of the wire formats, which its own Wire alone looks into. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type WireBody = Record<string, any>;
type Json = WireBody;
type Failure = readonly [status: number, body: Json];

export interface Wire {
  read(body: Json, path: string): WireRequest;
  write(request: WireRequest, answer: WireAnswer): Json;
  readonly failures: Readonly<Record<FailureName, (request: WireRequest) => Failure>>;
}

const joined = (parts: readonly unknown[]): string => parts.filter((part) => typeof part === 'string').join('\n');

/** The schema where it stands in the text, after the adapter's own sentence. */
function schemaInText(text: string): JsonSchema | undefined {
  const at = text.lastIndexOf('JSON schema:\n');
  if (at < 0) return undefined;
  try {
    return JSON.parse(text.slice(at + 'JSON schema:\n'.length)) as JsonSchema;
  } catch {
    return undefined;
  }
}

const request = (model: string, text: string, schema: JsonSchema | undefined, byTool = false): WireRequest => {
  const found = schema ?? schemaInText(text);
  return { model, text, byTool, ...(found === undefined ? {} : { schema: found }) };
};

/** Error bodies repeat a piece of the prompt and of the key, as real providers' do: nothing of it may get through. */
const echo = (asked: WireRequest) => asked.text.slice(0, 200);

function openAiError(status: number, type: string, code: string | null, message: (asked: WireRequest) => string) {
  return (asked: WireRequest): Failure => [status, { error: { message: message(asked), type, param: null, code } }];
}

const openAi: Wire = {
  read: (body) =>
    request(
      body['model'],
      joined(
        body['messages'].map((m: Json) =>
          typeof m['content'] === 'string' ? m['content'] : joined(m['content'].map((p: Json) => p['text'])),
        ),
      ),
      body['response_format']?.json_schema?.schema,
    ),
  write: (asked, answer) => ({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: asked.model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: answer.finish === 'refusal' ? null : answer.text,
          ...(answer.finish === 'refusal' ? { refusal: answer.text } : {}),
        },
        finish_reason: answer.finish === 'length' ? 'length' : answer.finish === 'filter' ? 'content_filter' : 'stop',
      },
    ],
    ...(answer.sayUsage
      ? {
          usage: {
            prompt_tokens: answer.inputTokens,
            completion_tokens: answer.outputTokens,
            total_tokens: answer.inputTokens + answer.outputTokens,
          },
        }
      : {}),
  }),
  failures: {
    'rate-limit': openAiError(429, 'requests', 'rate_limit_exceeded', () => 'Rate limit reached'),
    quota: openAiError(429, 'insufficient_quota', 'insufficient_quota', () => 'You exceeded your current quota'),
    server: openAiError(500, 'server_error', null, (asked) => `The server had an error while processing ${echo(asked)}`),
    overloaded: openAiError(503, 'server_error', 'overloaded', () => 'That model is currently overloaded'),
    auth: openAiError(401, 'invalid_request_error', 'invalid_api_key', () => 'Incorrect API key provided: sk-planted-secret-1234'),
    missing: openAiError(404, 'invalid_request_error', 'model_not_found', (asked) => `The model ${asked.model} does not exist`),
    context: openAiError(
      400,
      'invalid_request_error',
      'context_length_exceeded',
      () => "This model's maximum context length is 4096 tokens",
    ),
    invalid: openAiError(400, 'invalid_request_error', 'invalid_value', (asked) => `Invalid value: ${echo(asked)}`),
    filter: openAiError(400, 'invalid_request_error', 'content_filter', (asked) => `Filtered: ${echo(asked)}`),
  },
};

/** A tool's input is an object; of a cut-off one nothing is left. */
function objectIn(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return {};
  }
}

const mistralError = (status: number, type: string, code: string | null, message: string) => (): Failure => [
  status,
  { object: 'error', message, type, param: null, code },
];

const mistral: Wire = {
  ...openAi,
  failures: {
    ...openAi.failures,
    'rate-limit': () => [429, { message: 'Requests rate limit exceeded' }],
    server: mistralError(500, 'internal_server_error', '1000', 'Internal server error'),
    auth: () => [401, { message: 'Unauthorized', request_id: '1' }],
    missing: mistralError(404, 'invalid_model', '1500', 'Invalid model'),
    context: mistralError(
      400,
      'invalid_request_error',
      '3051',
      'Prompt contains 65538 tokens and 0 draft tokens, too large for model with 32768 maximum context length',
    ),
    invalid: (asked) => [422, { detail: [{ type: 'value_error', msg: echo(asked) }] }],
  },
};

const anthropicError =
  (status: number, type: string, message: (asked: WireRequest) => string) =>
  (asked: WireRequest): Failure => [status, { type: 'error', error: { type, message: message(asked) } }];

const anthropic: Wire = {
  read: (body) => {
    const tool = body['tools']?.[0];
    const texts = [...(body['system'] ?? []), ...body['messages'].flatMap((m: Json) => m['content'])].map((p: Json) => p['text']);
    return request(body['model'], joined(texts), body['output_config']?.format?.schema ?? tool?.input_schema, tool !== undefined);
  },
  write: (asked, answer) => ({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: asked.model,
    content:
      answer.finish === 'refusal' || answer.finish === 'filter'
        ? []
        : [
            asked.byTool
              ? { type: 'tool_use', id: 'toolu_1', name: 'json', input: objectIn(answer.text) }
              : { type: 'text', text: answer.text },
          ],
    stop_reason:
      answer.finish === 'length' ? 'max_tokens' : answer.finish === 'stop' ? (asked.byTool ? 'tool_use' : 'end_turn') : 'refusal',
    stop_sequence: null,
    usage: { input_tokens: answer.inputTokens, output_tokens: answer.outputTokens },
  }),
  failures: {
    'rate-limit': anthropicError(429, 'rate_limit_error', () => 'Number of request tokens has exceeded your rate limit'),
    quota: anthropicError(400, 'invalid_request_error', () => 'Your credit balance is too low to access the Anthropic API'),
    server: anthropicError(500, 'api_error', (asked) => `Internal server error: ${echo(asked)}`),
    overloaded: anthropicError(529, 'overloaded_error', () => 'Overloaded'),
    auth: anthropicError(401, 'authentication_error', () => 'invalid x-api-key sk-planted-secret-1234'),
    missing: anthropicError(404, 'not_found_error', (asked) => `model: ${asked.model}`),
    context: anthropicError(400, 'invalid_request_error', () => 'prompt is too long: 208310 tokens > 200000 maximum'),
    invalid: anthropicError(400, 'invalid_request_error', (asked) => `messages.0: ${echo(asked)}`),
    filter: openAi.failures.filter,
  },
};

const googleError =
  (code: number, status: string, message: (asked: WireRequest) => string, details: Json[] = []) =>
  (asked: WireRequest): Failure => [code, { error: { code, message: message(asked), status, details } }];

const google: Wire = {
  read: (body, path) =>
    request(
      /models\/([^:]+):/.exec(path)?.[1] ?? 'unknown',
      joined(
        [...(body['systemInstruction']?.parts ?? []), ...body['contents'].flatMap((c: Json) => c['parts'])].map((p: Json) => p['text']),
      ),
      body['generationConfig']?.responseSchema,
    ),
  write: (asked, answer) => ({
    ...(answer.finish === 'filter'
      ? { promptFeedback: { blockReason: 'SAFETY' } }
      : {
          candidates: [
            {
              content: { role: 'model', parts: answer.finish === 'refusal' ? [] : [{ text: answer.text }] },
              finishReason: answer.finish === 'length' ? 'MAX_TOKENS' : answer.finish === 'refusal' ? 'SAFETY' : 'STOP',
              index: 0,
            },
          ],
        }),
    ...(answer.sayUsage
      ? {
          usageMetadata: {
            promptTokenCount: answer.inputTokens,
            candidatesTokenCount: answer.outputTokens,
            totalTokenCount: answer.inputTokens + answer.outputTokens,
          },
        }
      : {}),
    modelVersion: asked.model,
  }),
  failures: {
    'rate-limit': googleError(
      429,
      'RESOURCE_EXHAUSTED',
      () => 'You exceeded your current quota, please check your plan and billing details',
      [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '7s' }],
    ),
    quota: googleError(429, 'RESOURCE_EXHAUSTED', () => 'You exceeded your current quota', [
      { '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel' }] },
    ]),
    server: googleError(500, 'INTERNAL', (asked) => `An internal error has occurred: ${echo(asked)}`),
    overloaded: googleError(503, 'UNAVAILABLE', () => 'The model is overloaded'),
    auth: googleError(400, 'INVALID_ARGUMENT', () => 'API key not valid: sk-planted-secret-1234', [
      { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' },
    ]),
    missing: googleError(404, 'NOT_FOUND', (asked) => `models/${asked.model} is not found`),
    context: googleError(
      400,
      'INVALID_ARGUMENT',
      () => 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)',
    ),
    invalid: googleError(400, 'INVALID_ARGUMENT', (asked) => `Invalid value at contents: ${echo(asked)}`),
    filter: openAi.failures.filter,
  },
};

/** The wire format that each provider speaks, as far as a client's single text call goes. */
export const wires: Readonly<Record<HostedProvider, Wire>> = { openai: openAi, 'openai-compatible': openAi, mistral, anthropic, google };
