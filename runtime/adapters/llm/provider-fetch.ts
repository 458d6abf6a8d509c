import { isNireonError, NireonError } from '../../domain/errors.ts';
import { classifyHttpFailure } from './http-failure.ts';

export interface ProviderFetchOptions {
  /** Who answers, for messages: `openai gpt-4o-mini`. */
  readonly name: string;
  readonly fetch: typeof globalThis.fetch;
  /** An answer larger than this is cut off and is an error. */
  readonly maxBodyBytes: number;
  /** Gets the signal of each call that was answered in full, so that its caller knows failures after that from failures before. */
  readonly answered: WeakSet<AbortSignal>;
}

/** What is read of an error's body: enough for every provider's wording, too little to matter. */
const maxErrorBytes = 64 * 1024;

/**
 * A fetch that throws only NireonErrors as the Llm port says, and whose answers are whole: the body is read here, under the call's
 * signal and within the bound, so that whoever parses it can no longer fail by the network. An abort throws the signal's reason.
 * No error holds an address, a header, a body or a cause: all of them may carry a key or a prompt.
 */
export function providerFetch({ name, fetch, maxBodyBytes, answered }: ProviderFetchOptions): typeof globalThis.fetch {
  return async (input, init) => {
    const signal = init?.signal ?? undefined;
    let response: Response;
    try {
      response = await fetch(input, init);
    } catch (error) {
      throw thrownBy(signal) ?? connectionError(name, error);
    }
    const ok = response.ok;
    let body: Body;
    try {
      body = await readBounded(response, ok ? maxBodyBytes : maxErrorBytes);
    } catch (error) {
      throw thrownBy(signal) ?? (ok ? connectionError(name, error) : httpError(name, response, ''));
    }
    if (!ok) throw httpError(name, response, text(body));
    if (body.cut) {
      throw new NireonError('LLM_SERVER_ERROR', `${name} sent an answer of more than ${maxBodyBytes} bytes`, { maybeBilled: true });
    }
    const embedded = embeddedFailure(body);
    if (embedded !== undefined) throw httpError(name, new Response(null, { status: embedded, headers: response.headers }), text(body));
    if (signal !== undefined) answered.add(signal);
    return whole(response, body);
  };
}

/** The answer as its package reads it, which is by `headers` and `body` alone: making a real Response of the text costs as much as parsing it. */
function whole({ status, headers }: Response, { bytes }: Body): Response {
  let given = false;
  const read = async () => {
    if (given) return { done: true, value: undefined };
    given = true;
    return { done: false, value: bytes };
  };
  const reader = { read, cancel: async () => undefined, releaseLock: () => undefined };
  return { ok: true, status, headers, body: { getReader: () => reader } } as unknown as Response;
}

function thrownBy(signal: AbortSignal | undefined): NireonError | undefined {
  return signal?.aborted && isNireonError(signal.reason) ? signal.reason : undefined;
}

function httpError(name: string, response: Response, body: string): NireonError {
  const failure = classifyHttpFailure(response.status, response.headers, body, Date.now());
  const reason = failure.reason === undefined ? '' : ` (${failure.reason})`;
  return new NireonError(failure.code, `${name} answered HTTP ${response.status}${reason}`, {
    maybeBilled: failure.maybeBilled,
    ...(failure.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs }),
  });
}

/** Some OpenAI-compatible relays report the failure of what stands behind them as `{"error": {"code": 429}}` under status 200. */
function embeddedFailure(body: Body): number | undefined {
  if (!text({ ...body, bytes: body.bytes.subarray(0, 256) }).includes('"error"')) return undefined;
  try {
    const parsed = JSON.parse(text(body)) as { error?: { code?: unknown } | null; choices?: unknown };
    const code = Number(parsed.error?.code);
    return parsed.choices === undefined && code >= 400 && code < 600 ? code : undefined;
  } catch {
    return undefined;
  }
}

/** Codes of failures before a connection stood: nothing was sent, so nothing can have been billed. */
const neverSent =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EPROTO|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_.*|CERT_.*|SELF_SIGNED_.*|DEPTH_ZERO_.*|UNABLE_TO_.*)$/;

function connectionError(name: string, error: unknown): NireonError {
  const code = errorCode(error);
  if (code === undefined) return new NireonError('LLM_REQUEST_INVALID', `the request to ${name} could not be made`);
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return new NireonError('LLM_TIMEOUT', `${name} sent nothing for too long`, { maybeBilled: true });
  }
  return new NireonError('LLM_CONNECTION_LOST', `the connection to ${name} failed (${code})`, { maybeBilled: !neverSent.test(code) });
}

/** The system's code for the failure; absent if the request was refused before it left: an address or a header that is not valid. */
function errorCode(error: unknown): string | undefined {
  const at = error as { code?: unknown; cause?: { code?: unknown } } | null;
  const code = at?.cause?.code ?? at?.code;
  return typeof code === 'string' && code !== 'ERR_INVALID_URL' ? code : undefined;
}

interface Body {
  readonly bytes: Uint8Array;
  readonly cut: boolean;
}

const text = ({ bytes }: Body): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');

async function readBounded(response: Response, limit: number): Promise<Body> {
  const announced = response.headers.get('content-length');
  // A length that is not that of an encoded body can be trusted: the client holds the server to it.
  if (announced !== null && Number(announced) <= limit && !response.headers.has('content-encoding')) {
    return { bytes: new Uint8Array(await response.arrayBuffer()), cut: false };
  }
  if (response.body === null) return { bytes: new Uint8Array(), cut: false };
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { bytes: Buffer.concat(chunks), cut: false };
    size += value.byteLength;
    chunks.push(value);
    if (size > limit) {
      reader.cancel().catch(() => undefined);
      return { bytes: Buffer.concat(chunks).subarray(0, limit), cut: true };
    }
  }
}
