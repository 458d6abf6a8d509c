import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface KafkaOptions {
  /** Brokers, each a controller too. Three keep every record on all and take a write that two have. One unless said. */
  readonly brokers?: 1 | 3;
  /** A user: then a SASL_SSL listener with SCRAM-SHA-512 stands beside the plain one, with a certificate for `localhost` of its own authority. */
  readonly user?: { readonly name: string; readonly password: string };
  /** What stands before each broker: gives the address under which `throughAddress` leads to it, for a proxy that a test makes ill. */
  readonly through?: (broker: { host: string; port: number }) => Promise<{ readonly port: number }>;
  /** Lines of server.properties. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface Broker {
  /** `127.0.0.1:port`, plain. */
  readonly address: string;
  /** `localhost:port`, SASL_SSL; there where a user was asked for. */
  readonly secureAddress: string;
  /** `127.0.0.1:port` of what stands before it; there where `through` was given. Clients that begin there stay there. */
  readonly throughAddress: string;
  pid(): number;
  /** SIGKILL unless said otherwise; resolves when it has ended. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts what was killed, on the same ports and data; resolves when it serves. */
  start(): Promise<void>;
  /** Holds it (SIGSTOP) until `resume`: its connections stay open, and nothing answers. */
  pause(): void;
  resume(): void;
}

/** A real Kafka of this test alone. Topics are not made by using them. */
export interface Kafka {
  readonly brokers: readonly Broker[];
  /** Certificate of the authority; there where a user was asked for. */
  readonly caFile: string;
  readonly folder: string;
  /** Ends all brokers and removes their data. */
  stop(): Promise<void>;
}

const sources = join(import.meta.dirname, 'kafka');

/**
 * Folder of the broker's jars, or undefined with a word on stderr, so that the tests that need it are skipped; with CI set, an error.
 * It does not fetch them (`make kafka`).
 */
export function findKafka(): string | undefined {
  const folder = execFileSync(join(sources, 'fetch.sh'), ['--where'], { encoding: 'utf8' }).trim();
  const jars = join(folder, 'jars');
  const missing = !hasJava()
    ? 'there is no java (apt-get install default-jre-headless)'
    : existsSync(jars)
      ? undefined
      : 'its jars are not there (make kafka; needs Maven)';
  if (missing === undefined) return jars;
  if (process.env['CI']) throw new Error(`Kafka cannot be started: ${missing}`);
  process.stderr.write(`tests of Kafka are skipped: ${missing}\n`);
  return undefined;
}

function hasJava(): boolean {
  try {
    execFileSync('java', ['-version'], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

/** Starts one in about five seconds, three in about ten; `stop` ends it, and so does the end of this process, however it comes. */
export async function startKafka(options: KafkaOptions = {}): Promise<Kafka> {
  const libs = findKafka();
  if (libs === undefined) throw new Error('Kafka is not there');
  const count = options.brokers ?? 1;
  const folder = mkdtempSync(join(tmpdir(), 'nireon-kafka-'));
  const guard = guardian(folder);
  if (options.user) makeCertificates(folder);
  writeFileSync(join(folder, 'log4j2.yaml'), logging);
  const ports = await freePorts(4 * count);
  const places = await Promise.all(
    Array.from({ length: count }, async (_, i): Promise<Place> => {
      const [plain = 0, secure = 0, controller = 0, behind = 0] = ports.slice(4 * i, 4 * i + 4);
      const before = (await options.through?.({ host: '127.0.0.1', port: behind }))?.port ?? 0;
      return { id: i + 1, folder: join(folder, `broker${i + 1}`), ...{ plain, secure, controller, behind, before } };
    }),
  );
  const cluster = `A${randomBytes(16).toString('base64url').slice(1)}`.slice(0, 22);
  const brokers = places.map((place) => createBroker({ place, places, folder, libs, cluster, options }));
  const stop = async (): Promise<void> => {
    await Promise.all(brokers.map((broker) => broker.kill()));
    rmSync(folder, { recursive: true, force: true });
    guard.stdin?.end();
  };
  try {
    await Promise.all(brokers.map((broker) => broker.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  return { brokers, caFile: join(folder, 'ca.crt'), folder, stop };
}

interface Place {
  readonly id: number;
  readonly folder: string;
  readonly plain: number;
  readonly secure: number;
  readonly controller: number;
  /** Listener behind what stands before the broker, and the port of that. */
  readonly behind: number;
  readonly before: number;
}
interface Making {
  readonly place: Place;
  readonly places: readonly Place[];
  readonly folder: string;
  readonly libs: string;
  readonly cluster: string;
  readonly options: KafkaOptions;
}

function createBroker(making: Making): Broker {
  const { place, folder, libs } = making;
  const java = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', `-Dlog4j2.configurationFile=${join(folder, 'log4j2.yaml')}`];
  const properties = join(place.folder, 'server.properties');
  const log = join(place.folder, 'log');
  let server: ChildProcess | undefined;
  let ended: Promise<void> = Promise.resolve();

  format(making, properties);

  async function start(): Promise<void> {
    rmSync(log, { force: true });
    const out = openSync(log, 'a');
    const args = ['-Xms256m', '-Xmx256m', ...java, '-cp', `${libs}/*`, 'kafka.Kafka', properties];
    const child = spawn('java', args, { stdio: ['ignore', out, out] });
    closeSync(out);
    server = child;
    const note = join(place.folder, 'pid');
    writeFileSync(note, String(child.pid));
    ended = new Promise((resolve) =>
      child.once('exit', () => {
        rmSync(note, { force: true });
        resolve();
      }),
    );
    for (const deadline = Date.now() + 90_000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
      const said = readFileSync(log, 'utf8');
      if (said.includes('Kafka Server started')) return;
      if (child.exitCode !== null || Date.now() > deadline) throw new Error(`Kafka did not start:\n${said.slice(-2000)}`);
    }
  }
  return {
    ...{ address: `127.0.0.1:${place.plain}`, secureAddress: `localhost:${place.secure}`, start },
    throughAddress: `127.0.0.1:${place.before}`,
    pid: () => server?.pid ?? 0,
    async kill(signal = 'SIGKILL') {
      server?.kill(signal);
      await ended;
    },
    pause: () => void server?.kill('SIGSTOP'),
    resume: () => void server?.kill('SIGCONT'),
  };
}

/** Writes the settings of a broker and makes its empty log. */
function format({ place, places, folder, libs, cluster, options }: Making, properties: string): void {
  mkdirSync(place.folder, { recursive: true });
  const { user, settings = {} } = options;
  const copies = places.length;
  const through = (port: number): string[] => (place.before === 0 ? [] : [`THROUGH://127.0.0.1:${port}`]);
  const secured = user ? [`SASL_SSL://localhost:${place.secure}`] : [];
  const lines: Record<string, string | number> = {
    'process.roles': 'broker,controller',
    'node.id': place.id,
    'controller.quorum.voters': places.map(({ id, controller }) => `${id}@127.0.0.1:${controller}`).join(','),
    listeners: [
      `PLAINTEXT://127.0.0.1:${place.plain}`,
      ...secured,
      ...through(place.behind),
      `CONTROLLER://127.0.0.1:${place.controller}`,
    ].join(','),
    'advertised.listeners': [`PLAINTEXT://127.0.0.1:${place.plain}`, ...secured, ...through(place.before)].join(','),
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,THROUGH:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': join(place.folder, 'data'),
    'auto.create.topics.enable': 'false',
    'default.replication.factor': copies,
    'min.insync.replicas': copies === 1 ? 1 : 2,
    'offsets.topic.num.partitions': 8,
    'offsets.topic.replication.factor': copies,
    'transaction.state.log.num.partitions': 8,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': copies === 1 ? 1 : 2,
    'share.coordinator.state.topic.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': copies,
    'share.coordinator.state.topic.min.isr': copies === 1 ? 1 : 2,
    'group.initial.rebalance.delay.ms': 0,
    'log.segment.bytes': 64 << 20,
    'log.cleaner.dedupe.buffer.size': 8 << 20,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'background.threads': 4,
    ...(user && {
      'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
      // Needed though the users live in the metadata.
      'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': 'org.apache.kafka.common.security.scram.ScramLoginModule required;',
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': join(folder, 'server.pem'),
    }),
    ...settings,
  };
  const text = Object.entries(lines).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(properties, text.join(''), { mode: 0o600 });
  const scram = user ? ['--add-scram', `SCRAM-SHA-512=[name=${user.name},password=${user.password}]`] : [];
  const tool = ['-Xmx128m', '-XX:TieredStopAtLevel=1', '-cp', `${libs}/*`, 'kafka.tools.StorageTool'];
  execFileSync('java', [...tool, 'format', '--cluster-id', cluster, '--config', properties, ...scram], { stdio: 'pipe' });
}

// Without a binding of log4j a broker says nothing, not even that it has started.
const logging = `Configuration:
  Appenders:
    Console:
      name: STDOUT
      PatternLayout: { pattern: "[%d] %p %m (%c)%n" }
  Loggers:
    Root:
      level: INFO
      AppenderRef: { ref: STDOUT }
`;

/** Waits for the end of this process, which closes its input; then ends the brokers by their pids and removes their data. */
function guardian(folder: string): ChildProcess {
  const script = `read -r _; for f in "$0"/broker*/pid; do [ -f "$f" ] && kill -KILL "$(cat "$f")" 2>/dev/null; done; rm -rf "$0"`;
  const child = spawn('sh', ['-c', script, folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  child.unref();
  (child.stdin as unknown as { unref(): void } | null)?.unref();
  return child;
}

function makeCertificates(folder: string): void {
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=testbed authority');
  const signed = ['-addext', 'subjectAltName=DNS:localhost', '-CA', 'ca.crt', '-CAkey', 'ca.key'];
  openssl('req', '-x509', ...key, '-keyout', 'server.key', '-out', 'server.crt', '-subj', '/CN=localhost', ...signed);
  // OpenSSL writes PKCS 8 here, the one form that Java reads.
  const parts = ['server.key', 'server.crt', 'ca.crt'].map((name) => readFileSync(join(folder, name), 'utf8'));
  writeFileSync(join(folder, 'server.pem'), parts.join(''), { mode: 0o600 });
}

/** Held together until all are known, so that no two are the same. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
