import { isNireonError, messageOf, NireonError, type ErrorCode } from '../../../domain/errors.ts';

/** What a library threw, told with a code and one sentence; of the libraries' own texts only names and system codes are passed on. */
export function busFailure(error: unknown, what: string): NireonError {
  if (isNireonError(error)) return error;
  const chain = causesOf(error);
  const words = chain.flatMap(({ name, message, code, type }) => [name, message, code, type].map(String)).join(' ');
  const [code, says] = kinds.find(({ signs }) => signs.test(words))?.told ?? (['BUS_UNREACHABLE', 'does not answer'] as const);
  const system = chain.map(({ code: each }) => each).find((each) => typeof each === 'string' && /^E[A-Z]{3,}$/.test(each));
  const hint = code === 'BUS_UNREACHABLE' && typeof system === 'string' ? ` (${system})` : '';
  return new NireonError(code, `${what} ${says}${hint}`, { cause: error });
}

const kinds: readonly { readonly signs: RegExp; readonly told: readonly [ErrorCode, string] }[] = [
  {
    signs: /SASL|Authentication failed|AUTHENTICATION_FAILED|UNSUPPORTED_SASL_MECHANISM/i,
    told: ['BUS_DENIED', 'refuses this user or its password: correct bus.kafka.sasl'],
  },
  {
    signs: /AUTHORIZATION_FAILED|not authorized/i,
    told: ['BUS_DENIED', 'does not let this user use its topics or groups: give it the rights'],
  },
  {
    signs: /certificate|CERT_|self.signed|UNABLE_TO_|DEPTH_ZERO|ERR_TLS|ERR_SSL|wrong version number|EPROTO|altname/i,
    told: ['BUS_UNTRUSTED', 'has a certificate that is not trusted, or speaks no TLS: correct bus.kafka.tls'],
  },
  {
    signs: /UNKNOWN_TOPIC|does not host this topic/i,
    told: ['BUS_TOPIC_MISSING', 'has not all topics of this instance: create them, or let bus.kafka.topics.management be Create'],
  },
];

interface Cause {
  readonly name?: unknown;
  readonly message: string;
  readonly code?: unknown;
  readonly type?: unknown;
}

/** The error, its causes and what it gathers, at most so many: a client that tried often gathers one for each try. */
const mostCauses = 50;
function causesOf(error: unknown): Cause[] {
  const found: Cause[] = [];
  const open: unknown[] = [error];
  while (open.length > 0 && found.length < mostCauses) {
    const next = open.shift();
    if (typeof next !== 'object' || next === null) continue;
    const { name, code, type, cause, errors } = next as Record<string, unknown>;
    found.push({ name, message: messageOf(next), code, type });
    open.push(cause, ...(Array.isArray(errors) ? (errors as unknown[]) : []));
  }
  return found;
}
