import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorCode, errorCodes, NireonError, type Problem } from '../domain/errors.ts';
import type { Signal } from '../domain/signal.ts';
import { ranked, type SessionView } from '../engine/session-view.ts';
import type { PageRequest } from '../ports/store.ts';
import type { Explorer } from './backend.ts';

export interface ClientOptions {
  /** `http://127.0.0.1:8080` */
  readonly server: string;
  readonly token?: string | undefined;
  /** How long a lost event stream is asked for again before that is an error. */
  readonly patienceMs?: number;
}

export interface Client extends Explorer {
  /** Everything that is wrong with manifests, as `file:line rule CODE message`. */
  checkRules(files: readonly { name: string; text: string }[]): Promise<readonly string[]>;
}

/** A server as backend. Its errors come back under their codes; SERVER_UNREACHABLE where there is no answer. */
export function createClient({ server, token, patienceMs = 60_000 }: ClientOptions): Client {
  const base = addressOf(server);

  async function ask(
    method: string,
    path: string,
    options: { body?: unknown; headers?: Record<string, string>; abort?: AbortSignal } = {},
  ) {
    const { body, headers = {}, abort } = options;
    let response: Response;
    try {
      response = await fetch(base + path, {
        method,
        headers: {
          ...headers,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(abort === undefined ? {} : { signal: abort }),
      });
    } catch (error) {
      throw new NireonError('SERVER_UNREACHABLE', `${base} does not answer`, { cause: error });
    }
    if (response.ok) return response;
    throw await errorFrom(response, base);
  }
  const json = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await ask(method, path, body === undefined ? {} : { body });
    return (await response.json().catch((error: unknown) => {
      throw new NireonError('SERVER_UNREACHABLE', `${base} answers, but not as a NIREON server does`, { cause: error, retryable: false });
    })) as T;
  };
  const at = (id: string): string => `/v1/sessions/${encodeURIComponent(id)}`;
  const paged = (path: string, { limit, cursor }: PageRequest, more: Record<string, string> = {}): string =>
    `${path}?${new URLSearchParams({ ...more, limit: String(limit), ...(cursor === undefined ? {} : { cursor }) }).toString()}`;

  return {
    listSessions: ({ status, label }, page) =>
      json(
        'GET',
        paged('/v1/sessions', page, {
          ...(status === undefined ? {} : { status }),
          ...(label === undefined ? {} : { label: `${label.key}=${label.value}` }),
        }),
      ),
    session: (id) => json('GET', at(id)),
    cancel: (id) => json('POST', `${at(id)}/cancel`),
    async best(id, count) {
      const { items } = await json<{ items: Parameters<typeof ranked>[0][] }>('GET', paged(`${at(id)}/ideas`, { limit: count }));
      return items.flatMap((entry) => ranked(entry) ?? []);
    },
    report: async (id, format) => (await ask('GET', `${at(id)}/report?format=${format}`)).text(),
    replay: (id) => json('POST', `${at(id)}/replay`),
    signal: (id) => json('GET', `/v1/signals/${encodeURIComponent(id)}`),
    listDead: (session, page) => json('GET', paged('/v1/dead', page, session === undefined ? {} : { session })),
    async retryDead(id) {
      await ask('POST', `/v1/dead/${encodeURIComponent(id)}/retry`);
    },
    async dropDead(id) {
      await ask('DELETE', `/v1/dead/${encodeURIComponent(id)}`);
    },
    async checkRules(files) {
      try {
        await ask('POST', '/v1/rules?dryRun=true', { body: { manifests: files } });
        return [];
      } catch (error) {
        if (!(error instanceof NireonError) || error.code !== 'RULES_INVALID') throw error;
        return error.problems.map(({ path, message, code = 'RULE_INVALID' }) => {
          const [, rule = '-', text = message] = /^([a-z][a-z0-9-]*): ([^]*)$/.exec(message) ?? [];
          return `${path} ${rule} ${code} ${text}`;
        });
      }
    },
    ruleSet: (digest) => json('GET', `/v1/rules/${encodeURIComponent(digest)}`),
    async storeRules(files) {
      return (await json<{ digest: string }>('POST', '/v1/rules', { manifests: files })).digest;
    },
    async create(request) {
      const response = await ask('POST', '/v1/sessions', { body: request });
      return { created: response.status === 201, view: (await response.json()) as SessionView };
    },
    follow: (id, after, abort) => follow(id, after, abort),
    work: async () => undefined,
    drain: async () => undefined,
    close: async () => undefined,
  };

  async function* follow(id: string, after: number, abort: AbortSignal): AsyncGenerator<Signal> {
    let last = after;
    for (let silentSince = Date.now(), waitMs = 250; !abort.aborted; waitMs = Math.min(waitMs * 2, 5000)) {
      try {
        const response = await ask('GET', `${at(id)}/events`, { headers: { 'last-event-id': String(last) }, abort });
        if (response.status === 204) return;
        for await (const signal of signalsOf(response)) {
          last = signal.sequence;
          [silentSince, waitMs] = [Date.now(), 250];
          yield signal;
          if (signal.type === 'session.finished') return;
        }
      } catch (error) {
        if (abort.aborted) return;
        const lost = !(error instanceof NireonError) || error.retryable;
        if (!lost || Date.now() - silentSince > patienceMs) throw error;
      }
      await sleep(waitMs, undefined, { signal: abort }).catch(() => undefined);
    }
  }
}

function addressOf(server: string): string {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new NireonError('USAGE', `--server must be an address like http://127.0.0.1:8080, not "${server}"`);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** Signals of an event stream; data stands on one line. */
async function* signalsOf(response: Response): AsyncGenerator<Signal> {
  let text = '';
  if (response.body === null) return;
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = /^data: ?(.*)$/m.exec(text.slice(0, end))?.[1];
      text = text.slice(end + 2);
      if (data !== undefined) yield JSON.parse(data) as Signal;
    }
  }
}

async function errorFrom(response: Response, base: string): Promise<NireonError> {
  const body = (await response.json().catch(() => ({}))) as { code?: string; detail?: string; problems?: Problem[] };
  if (body.code === undefined || !Object.hasOwn(errorCodes, body.code)) {
    return new NireonError('SERVER_UNREACHABLE', `${base} answers ${response.status}, but not as a NIREON server does`, {
      retryable: response.status >= 500,
    });
  }
  return new NireonError(body.code as ErrorCode, body.detail, { problems: body.problems ?? [] });
}
