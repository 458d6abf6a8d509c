import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  chownSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

export interface PostgresOptions {
  /** Whether a commit waits for the disk. It does unless said: leave it for benches, turn it off where only answers matter. */
  readonly fsync?: boolean;
  /** Serves TLS too, with a certificate for `localhost` of its own authority (`caFile`). */
  readonly tls?: boolean;
  /** Lines of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A real PostgreSQL of this test alone. Its superuser `postgres` needs no password; every other role needs its own (SCRAM). */
export interface Postgres {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly user: 'postgres';
  readonly folder: string;
  /** Certificate of the authority; where TLS was asked for. */
  readonly caFile: string;
  /** Pid of the server. */
  pid(): number;
  /** Runs SQL as the superuser, and gives the rows of its last statement. */
  sql<Row>(text: string, database?: string): Promise<Row[]>;
  /** SIGKILL (or another signal) to the server itself; resolves when it has ended. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts what was killed, on the same port and data. */
  start(): Promise<void>;
  /** Ends all connections, and starts again. */
  restart(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

const packages = '/usr/lib/postgresql';

/**
 * Folder of the newest installed PostgreSQL's programs, or undefined with a word on stderr, so that the tests that need it are skipped;
 * with CI set, an error.
 */
export function findPostgres(): string | undefined {
  const versions = existsSync(packages) ? readdirSync(packages) : [];
  const newest = versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(packages, version, 'bin'));
  const found = newest.find((bin) => existsSync(join(bin, 'initdb')));
  if (found === undefined) {
    const missing = 'PostgreSQL is not installed (apt-get install postgresql)';
    if (process.env['CI']) throw new Error(missing);
    process.stderr.write(`tests of PostgreSQL are skipped: ${missing}\n`);
  }
  return found;
}

/** Starts a PostgreSQL in two or three seconds; `stop` ends it, and so does the end of this process, however it comes. */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const bin = findPostgres();
  if (bin === undefined) throw new Error('PostgreSQL is not installed');
  const as = unprivileged();
  const folder = mkdtempSync(join(tmpdir(), 'nireon-postgres-'));
  if (as.uid !== undefined && as.gid !== undefined) chownSync(folder, as.uid, as.gid);
  const data = join(folder, 'data');
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-E', 'UTF8', '--locale=C', '--no-sync', '--auth=trust'], {
    ...as,
    cwd: folder,
    stdio: 'pipe',
  });
  const guard = guardian(data, folder);
  const port = await freePort();
  configure(data, port, options, as);

  let server: ChildProcess | undefined;
  let ended: Promise<void> = Promise.resolve();

  function spawnServer(): ChildProcess {
    const out = openSync(join(folder, 'log'), 'a');
    const child = spawn(join(bin ?? '', 'postgres'), ['-D', data], { ...as, cwd: folder, stdio: ['ignore', out, out] });
    closeSync(out);
    server = child;
    ended = new Promise((resolve) => child.once('exit', () => resolve()));
    return child;
  }
  async function start(): Promise<void> {
    const deadline = Date.now() + 20_000;
    for (let child = spawnServer(); !(await answers(port)); await new Promise((resolve) => setTimeout(resolve, 20))) {
      if (Date.now() > deadline) {
        throw new Error(`PostgreSQL did not start:\n${readFileSync(join(folder, 'log'), 'utf8').slice(-2000)}`);
      }
      // After a SIGKILL it refuses for as long as one of its processes still holds the shared memory.
      if (child.exitCode !== null) child = spawnServer();
    }
  }
  async function kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    server?.kill(signal);
    await ended;
  }
  await start();
  return {
    ...{ host: '127.0.0.1', port, user: 'postgres', folder, caFile: join(folder, 'ca.crt') },
    pid: () => server?.pid ?? 0,
    async sql<Row>(text: string, database = 'postgres') {
      const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database });
      await client.connect();
      try {
        return [await client.query(text)].flat().at(-1)?.rows as Row[];
      } finally {
        await client.end();
      }
    },
    ...{ kill, start },
    async restart() {
      await kill('SIGINT');
      await start();
    },
    async stop() {
      await kill('SIGINT');
      guard.stdin?.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root: then as the package's user. */
function unprivileged(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Waits for the end of this process, which closes its input; then ends the server and removes its data. */
function guardian(data: string, folder: string): ChildProcess {
  const script = `read -r _; pid=$(head -n 1 "$0/postmaster.pid" 2>/dev/null) && kill -QUIT "$pid" && while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done; rm -rf "$1"`;
  const child = spawn('sh', ['-c', script, data, folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  child.unref();
  (child.stdin as unknown as { unref(): void } | null)?.unref();
  return child;
}

function configure(
  data: string,
  port: number,
  { fsync = true, tls = false, settings = {} }: PostgresOptions,
  as: { uid?: number; gid?: number },
): void {
  const lines = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '64MB',
    fsync: fsync ? 'on' : 'off',
    ...(tls ? { ssl: 'on', ssl_cert_file: 'server.crt', ssl_key_file: 'server.key' } : {}),
    ...settings,
  };
  if (tls) makeCertificates(data, as);
  appendFileSync(
    join(data, 'postgresql.conf'),
    Object.entries(lines)
      .map(([key, value]) => `${key} = '${value}'\n`)
      .join(''),
  );
  writeFileSync(join(data, 'pg_hba.conf'), 'host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n');
}

function makeCertificates(data: string, { uid, gid }: { uid?: number; gid?: number }): void {
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: data, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', '../ca.crt', '-subj', '/CN=testbed authority');
  openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    'server.key',
    '-out',
    'server.crt',
    '-subj',
    '/CN=localhost',
    '-addext',
    'subjectAltName=DNS:localhost',
    '-CA',
    '../ca.crt',
    '-CAkey',
    'ca.key',
  );
  if (uid === undefined || gid === undefined) return;
  for (const file of ['server.key', 'server.crt']) chownSync(join(data, file), uid, gid);
}

async function answers(port: number): Promise<boolean> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres', connectionTimeoutMillis: 1000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}
