import { hostname } from 'node:os';
import { Registry } from 'prom-client';
import { createLog } from '../platform/log.ts';
import { collectProcessMetrics } from '../platform/metrics.ts';
import { startTracing, tracingSecrets } from '../platform/tracing.ts';
import { createBusCheck } from './bus-readiness.ts';
import type { RuntimeConfigResult } from './config.ts';
import { partsOfUrl } from './config-store.ts';
import { codeOf, type ErrorCode, errorCodes, hasCode, isNireonError, NireonError } from './domain/errors.ts';
import { checkRenewal } from './liveness.ts';
import { createObserver } from './observe.ts';
import type { Store } from './ports/store.ts';
import { createApiServer } from './server/api.ts';
import { type CheckResult, type ComponentHealth, createOpsServer } from './server/ops.ts';
import { createUnservedWatch, servedRules } from './served-rules.ts';
import { startStoreGauges } from './store-gauges.ts';
import { version } from './version.ts';
import { clock, replay, type WiredEngine, wireEngine } from './wiring.ts';

/** Works and answers until `stop` fires, then drains; resolves to the exit code. A failed start is logged, and thrown. */
export async function serveUntil(
  stop: AbortSignal,
  settings: Extract<RuntimeConfigResult, { ok: true }>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const { config, modelKeys } = settings;
  const { instance, role, pod = hostname(), api, ops } = config;
  const { url } = config.store.postgres;
  const password = url === undefined ? undefined : partsOfUrl(url).password;
  const secrets = [
    ...modelKeys.values(),
    ...[api.token, password, config.bus.kafka.sasl?.password].flatMap((secret) => secret ?? []),
    ...tracingSecrets(env),
  ];
  const base = { program: 'runtime', instance, role, version, pod };
  const log = await createLog({ ...config.log, base, secrets, to: 1 });
  const registry = new Registry();
  collectProcessMetrics(registry);
  const tracer = await startTracing({ env, service: { name: 'nireon', version, instance, role, pod } });
  const observe = createObserver({ log, registry, tracer });
  // performance.now() counts from the start of the process: what the user waits for.
  observe({ type: 'phase-finished', phase: 'config', durationMs: Math.round(performance.now()) });
  settings.notices.forEach((message) => observe({ type: 'notice', code: 'CONFIG_INVALID', message }));
  const closing: (() => Promise<unknown>)[] = [async () => tracer?.close(), async () => log.flush()];
  try {
    // Before the engine: while the store is waited for, this process is live and says why it is not ready.
    const now: { wired?: WiredEngine; isReady: boolean } = { isReady: false };
    const components: Record<string, ComponentHealth> = {};
    const opsServer = createOpsServer({
      ...{ registry, clock, secrets, components },
      live: [{ name: 'worker', check: () => (now.wired ? checkRenewal(now.wired.engine.sinceRenewalMs()) : { ok: true }) }],
      ready: [
        {
          name: 'process',
          check: () => (stop.aborted ? failing('PROCESS_DRAINING') : now.isReady ? { ok: true } : failing('PROCESS_STARTING')),
        },
        { name: 'store', check: async () => (now.wired ? storeCheck(now.wired.engine.store) : failing('STORE_UNREACHABLE')) },
        { name: 'bus', check: createBusCheck(() => components['bus']) },
      ],
    });
    closing.unshift(() => opsServer.close());
    log.info({ address: await listening(opsServer, ops) }, 'health and metrics listen');
    const wired = await wireEngine({ config, modelKeys, observe, abort: stop, waitsForStore: true });
    now.wired = wired;
    const { engine, close } = wired;
    closing.unshift(close);
    Object.assign(components, wired.components);
    const rules = servedRules(wired.rules, config.mechanisms);
    log.info({ mechanisms: config.mechanisms, rules: rules.here }, 'rules whose work this process does');
    if (rules.elsewhere.length > 0) {
      log.info({ mechanisms: rules.missing, rules: rules.elsewhere }, 'rules whose work other processes must do');
    }
    const onStats = createUnservedWatch(config.mechanisms, observe);
    const gauges = startStoreGauges({ store: engine.store, registry, clock, onStats });
    closing.unshift(() => gauges.stop());
    const apiServer = createApiServer({
      ...{ engine, version, observe, token: api.token, bodyLimitBytes: api.bodyLimitBytes },
      replay: (id) => replay(engine.store, id),
    });
    await engine.start();
    closing.unshift(() => apiServer.close());
    closing.unshift(() => engine.drain(Math.max(1, config.drain.gracePeriodSeconds - 5) * 1000));
    log.info({ address: await listening(apiServer, api) }, 'API listens');
    now.isReady = true;
    observe({ type: 'phase-finished', phase: 'total', durationMs: Math.round(performance.now()) });
    await new Promise<void>((resolve) => {
      if (stop.aborted) resolve();
      else stop.addEventListener('abort', () => resolve(), { once: true });
    });
    log.info({ signal: String(stop.reason) }, 'draining');
    return 0;
  } catch (error) {
    // Whoever is told to end while it waits for the store has failed at nothing.
    if (stop.aborted && hasCode(error, 'STORE_UNREACHABLE')) return 0;
    // What the program foresaw is told by its sentence; a stack is for bugs.
    log.error({ code: codeOf(error), ...(isNireonError(error) ? { detail: error.message } : { err: error }) }, 'the start failed');
    throw error;
  } finally {
    for (const close of closing) await close();
  }
}

interface Place {
  readonly host: string;
  readonly port: number;
}

/** The address. ADDRESS_UNAVAILABLE where another program has it, or this machine has not, or it needs rights. */
async function listening(server: { listen(place: Place): Promise<string> }, { host, port }: Place): Promise<string> {
  try {
    return await server.listen({ host, port });
  } catch (error) {
    const why = refusals[(error as NodeJS.ErrnoException).code ?? ''];
    if (why === undefined) throw error;
    throw new NireonError('ADDRESS_UNAVAILABLE', `${host}:${port} cannot be listened at: ${why}`, { cause: error });
  }
}

const refusals: Readonly<Record<string, string>> = {
  EADDRINUSE: 'it is in use by another program',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'ports below 1024 need special rights',
  ENOTFOUND: 'no machine has this name',
};

const failing = (code: ErrorCode): CheckResult => ({ ok: false, code, message: errorCodes[code].says });

async function storeCheck(store: Store): Promise<CheckResult> {
  const { ok, detail } = await store.health();
  return { ok, message: detail };
}
