import { isNireonError, messageOf, NireonError, type ErrorCode } from '../../../domain/errors.ts';
import type { PostgresAddress } from './address.ts';

/** SQLSTATEs, or their classes (https://www.postgresql.org/docs/current/errcodes-appendix.html), the longer first. */
const states: Readonly<Record<string, ErrorCode>> = {
  '23505': 'STORE_CONFLICT', // of all, only ids are unique
  '25006': 'STORE_READ_ONLY',
  '25P03': 'STORE_UNREACHABLE', // a transaction stood idle for too long, and its connection was ended
  '3D000': 'STORE_DATABASE_MISSING',
  '3F000': 'STORE_TOO_OLD', // no such schema
  '40001': 'STORE_UNREACHABLE', // serialisation; still so after it was tried again
  '40P01': 'STORE_UNREACHABLE', // deadlock
  '42501': 'STORE_DENIED',
  '42P01': 'STORE_TOO_OLD', // no such table
  '42883': 'STORE_TOO_OLD', // no such function
  '53100': 'STORE_FULL',
  '55P03': 'STORE_UNREACHABLE', // a lock was waited for too long
  '57014': 'STORE_UNREACHABLE', // a statement took too long
  XX001: 'STORE_CORRUPT',
  XX002: 'STORE_CORRUPT',
  '08': 'STORE_UNREACHABLE',
  '28': 'STORE_DENIED',
  '53': 'STORE_UNREACHABLE', // too many connections, no memory
  '57P': 'STORE_UNREACHABLE', // shutting down, starting up
  '58': 'STORE_UNREACHABLE',
};
const certificateCodes = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|^ERR_TLS|^ERR_SSL|^EPROTO$/;

const codeIn = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
};

/** Whether the statement surely changed nothing and may be sent again: the database ended it for the sake of another. */
export const isCollision = (error: unknown): boolean => ['40001', '40P01'].includes(codeIn(error));

/** Whether the connection was there and broke. What was asked may have been done. */
export const isBroken = (error: unknown): boolean =>
  ['25P03', '57P01', '57P02', 'ECONNRESET', 'EPIPE'].includes(codeIn(error)) ||
  /connection (terminated|ended)|not queryable/i.test(messageOf(error));

/** What went wrong between here and the database; undefined where the database itself spoke, or nobody did. */
function connectionCode(error: unknown): ErrorCode | undefined {
  const code = codeIn(error);
  const message = messageOf(error);
  if (certificateCodes.test(code) || /does not support SSL/.test(message)) return 'STORE_UNTRUSTED';
  if (/^E[A-Z_]+$/.test(code) || /connection (terminated|ended)|timeout (exceeded|expired)|read timeout|not queryable/i.test(message))
    return 'STORE_UNREACHABLE';
  return /password|SASL/.test(message) && code === '' ? 'STORE_DENIED' : undefined;
}

function advice(code: ErrorCode, state: string, { host, port, database, user, schema }: PostgresAddress): string {
  const where = `PostgreSQL at ${host}:${port}`;
  switch (code) {
    case 'STORE_DENIED':
      return state === '42501'
        ? `${where} does not let user ${user} do this in schema ${schema} of database ${database}: grant it the rights, or run \`nireon migrate\` as the user that serves`
        : `${where} refused user ${user}${state === '' ? '' : ` (${state})`}: correct the user or the password of store.postgres`;
    case 'STORE_DATABASE_MISSING':
      return `${where} has no database ${database}: create it, or correct store.postgres.database`;
    case 'STORE_TOO_OLD':
      return `the schema ${schema} of database ${database} at ${host}:${port} is not what this version needs: run \`nireon migrate\``;
    case 'STORE_READ_ONLY':
      return `${where} only lets itself be read: it is a standby, or read-only by its settings; point store.postgres at the primary`;
    case 'STORE_UNTRUSTED':
      return `the TLS connection to ${where} cannot be trusted: correct store.postgres.tls (caFile, mode) or the certificate of the server`;
    case 'STORE_FULL':
      return `${where} has no space left: free some; nothing was half-written`;
    case 'STORE_CORRUPT':
      return `${where} reports damaged data: restore the database from a backup`;
    case 'STORE_UNREACHABLE':
      return state === 'ENOTFOUND'
        ? `there is no host ${host}: correct store.postgres.host, or wait for its name`
        : `${where} does not answer`;
    default:
      return `${where}, database ${database}`;
  }
}

/** What an error of pg, of PostgreSQL or of the network means to the caller of the port. No message holds a value or a secret. */
export function translated(error: unknown, address: PostgresAddress): NireonError {
  if (isNireonError(error)) return error;
  const state = codeIn(error);
  if (state === '23505') {
    const { table = '' } = error as { table?: string };
    return new NireonError('STORE_CONFLICT', `an id is taken in ${table}`, { cause: error });
  }
  const found =
    states[state] ?? states[state.slice(0, 3)] ?? (state.length === 5 ? states[state.slice(0, 2)] : undefined) ?? connectionCode(error);
  if (found) return new NireonError(found, `${advice(found, state, address)} (${messageOf(error)})`, { cause: error });
  const internal = new NireonError('INTERNAL', messageOf(error), { cause: error });
  const { stack } = error as { stack?: unknown };
  if (typeof stack === 'string') internal.stack = stack;
  return internal;
}

/** What stood open once and is refused now, as an outage: work waits until it is mended, and is not given up for it. */
export function asOutage(error: NireonError): NireonError {
  if (!['STORE_DENIED', 'STORE_UNTRUSTED', 'STORE_DATABASE_MISSING', 'STORE_READ_ONLY'].includes(error.code)) return error;
  return new NireonError('STORE_UNREACHABLE', error.message, { cause: error.cause });
}
