import pg from 'pg';
import { NireonError } from '../../../domain/errors.ts';
import type { PostgresAddress } from './address.ts';
import { asOutage, isBroken, isCollision, translated } from './failures.ts';

/** Statements, each prepared once a connection. */
export interface Sql {
  all<Row>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  one<Row>(sql: string, values?: readonly unknown[]): Promise<Row | undefined>;
}

/** What every part of the store asks. A call of `all` or `one` outside `transaction` is a transaction of its own. */
export interface Database extends Sql {
  readonly keepsOutbox: boolean;
  /** The store's clock where it is not the database's own; the first value of every statement that asks for the time. */
  now(): number | null;
  /** A statement that changes something, in one round trip. */
  write: Sql['all'];
  /** For changes that need more than one statement. Tried again from its start if the database ended it for the sake of another. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** Milliseconds since a statement was answered. */
  sinceAnswerMs(): number;
  /** Statements that see one moment. */
  snapshot<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
}

export interface OpenPool {
  readonly database: Database;
  /** From now on what may right itself is an outage: a password that is being changed, a standby that becomes the primary. */
  trust(): void;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

const number = (text: string): number => Number(text);
const kept = (text: string): string => text;
/** int8 as numbers (ages and times are exact); JSON as its text, as from the other adapters. */
const parsers: Readonly<Record<number, (text: string) => unknown>> = { 20: number, 114: kept, 3802: kept };
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    parsers[oid] ?? (pg.types.getTypeParser as (oid: number, format?: string) => (text: string) => unknown)(oid, format),
};

/** A process that is stopped amid a transaction holds its session no longer than a lease lasts. */
const idleInTransactionMs = 2000;
/** How often a call is begun again because it stood in another's way. */
const mostCollisions = 5;
function collides(): (error: unknown) => boolean {
  let count = 0;
  return (error) => isCollision(error) && ++count <= mostCollisions;
}

export function openPool(
  address: PostgresAddress,
  options: { poolSize: number; readOnly: boolean; keepsOutbox: boolean; now: () => number | null },
): OpenPool {
  const pool = new pg.Pool({ ...clientConfig(address, options.readOnly), max: options.poolSize });
  // A connection that breaks while nobody uses it is replaced by the next call; in use, its call hears of it. Unheard, either ends the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  let isTrusted = false;
  const fail = (error: unknown): never => {
    const ours = translated(error, address);
    throw isTrusted ? asOutage(ours) : ours;
  };

  async function again<T>(work: () => Promise<T>, isSafe: (error: unknown) => boolean): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!isSafe(error)) return fail(error);
      }
    }
  }
  let answeredAt = performance.now();
  const rows = async <Row>(on: pg.Pool | pg.PoolClient, sql: string, values: readonly unknown[] = []): Promise<Row[]> => {
    const result = await on.query({ name: nameOf(sql), text: sql, values: values as unknown[] });
    answeredAt = performance.now();
    return result.rows as Row[];
  };
  const sqlOn = (client: pg.PoolClient): Sql => ({
    all: (sql, values) => rows(client, sql, values),
    one: async (sql, values) => (await rows<never>(client, sql, values))[0],
  });
  // A read may be asked again: after a restart of the database each connection of the pool may turn out to be broken.
  const read = <Row>(sql: string, values?: readonly unknown[]): Promise<Row[]> => {
    let broken = 0;
    const isCollided = collides();
    return again(
      () => rows<Row>(pool, sql, values),
      (error) => isCollided(error) || (isBroken(error) && ++broken <= options.poolSize),
    );
  };

  const isOutage = (error: unknown): boolean => !isCollision(error) && translated(error, address).code === 'STORE_UNREACHABLE';

  async function within<T>(begin: string, work: (sql: Sql) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    let broken = false;
    try {
      await client.query(begin);
      const result = await work(sqlOn(client));
      await client.query('COMMIT');
      return result;
    } catch (error) {
      // On a connection that broke or hangs nothing more is asked: the database takes back what it holds by itself.
      broken = isOutage(error);
      if (!broken) await client.query('ROLLBACK').catch(() => (broken = true));
      throw error;
    } finally {
      client.release(broken);
    }
  }

  return {
    database: {
      keepsOutbox: options.keepsOutbox,
      now: options.now,
      sinceAnswerMs: () => performance.now() - answeredAt,
      all: read,
      one: async (sql, values) => (await read<never>(sql, values))[0],
      write: (sql, values) => again(() => rows(pool, sql, values), collides()),
      transaction: (work) => again(() => within('BEGIN', work), collides()),
      snapshot: (work) => again(() => within('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', work), collides()),
    },
    trust: () => void (isTrusted = !options.readOnly),
    close: () => pool.end(),
  };
}

/** Settings of a connection; the schema is the only one that names are looked for in. */
export function clientConfig(address: PostgresAddress, readOnly: boolean): pg.ClientConfig {
  const { host, port, database, user, password, schema, tls, connectTimeoutMs, statementTimeoutMs, lockTimeoutMs } = address;
  const settings = [
    `search_path=${schema}`,
    'synchronous_commit=on',
    'timezone=UTC',
    'jit=off',
    // Every query has its index, whatever its values and however small its tables were when it was planned: so plans are made once a
    // connection, and by no statistics, which are missing while a new schema fills.
    ...['plan_cache_mode=force_generic_plan', 'enable_seqscan=off', 'enable_hashjoin=off', 'enable_mergejoin=off'],
    ...(readOnly ? ['default_transaction_read_only=on'] : []),
  ];
  return {
    ...{ host, port, database, user, types, application_name: 'nireon', keepAlive: true },
    ...(password ? { password } : {}),
    // The name of a certificate is checked against `host` also where that is an address.
    ssl: tls ? { rejectUnauthorized: tls.verify, host, ...(tls.ca === undefined ? {} : { ca: tls.ca }) } : false,
    options: settings.map((setting) => `-c ${setting}`).join(' '),
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    lock_timeout: lockTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
    keepAliveInitialDelayMillis: 10_000,
    // A server that hangs with its connections open: given up a little after it should have ended the statement itself.
    query_timeout: statementTimeoutMs + 5000,
  };
}

const names = new Map<string, string>();
function nameOf(sql: string): string {
  let name = names.get(sql);
  if (name === undefined) names.set(sql, (name = `s${names.size}`));
  return name;
}

export const unknownSession = (id: string): NireonError => new NireonError('SESSION_UNKNOWN', `there is no session ${id}`);

/** SESSION_UNKNOWN unless the session is there: asked where a query of it found nothing. */
export async function needSession(sql: Sql, id: string): Promise<void> {
  if (!(await sql.one('SELECT FROM sessions WHERE id = $1', [id]))) throw unknownSession(id);
}
