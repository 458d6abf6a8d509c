import { NireonError } from '../../runtime/domain/errors.ts';
import { sessionRequestSchema } from '../../runtime/domain/session.ts';
import type { Signal } from '../../runtime/domain/signal.ts';
import type { ApiEngine } from '../../runtime/server/api-engine.ts';
import { type ApiServerOptions, createApiServer } from '../../runtime/server/api.ts';
import { fixtureSession } from './fixture-session.ts';
import { type History, recordedStore } from './recorded-store.ts';

/** An engine that begins made-up sessions and tells the signals that a test gives it. */
export function createApiDouble(...histories: History[]) {
  const signals = new Map(histories.map(({ session, signals: all }) => [session.id, [...all]]));
  let wake = Promise.withResolvers<undefined>();
  let pulled = 0;
  const live = (): History[] => histories.map((history) => ({ ...history, signals: signals.get(history.session.id) ?? [] }));
  const engine: ApiEngine = {
    store: new Proxy(recordedStore(), { get: (_, name) => Reflect.get(recordedStore(...live()), name) as unknown }),
    async createSession(request) {
      const body = sessionRequestSchema.parse(request);
      const id = body.id ?? 'ses_new';
      const known = histories.find(({ session }) => session.id === id);
      if (known !== undefined && known.session.objective !== body.objective) throw new NireonError('SESSION_CONFLICT');
      if (known !== undefined) return { created: false, session: known.session };
      const made = fixtureSession({ id, rounds: 1, running: true });
      const session = { ...made.session, objective: body.objective };
      histories.push({ ...made, session });
      signals.set(id, [...made.signals]);
      return { created: true, session };
    },
    async cancelSession(id) {
      const { session } = histories.find((history) => history.session.id === id) ?? {};
      if (session === undefined) throw new NireonError('SESSION_UNKNOWN');
      if (session.status === 'finished') throw new NireonError('SESSION_FINISHED');
      return { ...session, status: 'stopping' };
    },
    async putRules(files) {
      const problems = files.flatMap(({ name, text }) =>
        text.includes('bad') ? [{ file: name, line: 3, rule: 'r', code: 'RULE_CEL_INVALID' as const, message: 'no such path' }] : [],
      );
      return problems.length > 0 ? { problems } : { digest: 'a'.repeat(64) };
    },
    async *follow(id, after, abort) {
      const aborted = new Promise<void>((resolve) => abort.addEventListener('abort', () => resolve(), { once: true }));
      for (let next = after; !abort.aborted;) {
        const signal = signals.get(id)?.find(({ sequence }) => sequence > next);
        if (signal === undefined) {
          await Promise.race([wake.promise, aborted]);
          continue;
        }
        pulled += 1;
        yield signal;
        next = signal.sequence;
        if (signal.type === 'session.finished') return;
      }
    },
  };
  return {
    engine,
    /** How many signals were taken by streams. */
    pulled: () => pulled,
    tell(id: string, signal: Omit<Signal, 'sequence'>): void {
      const all = signals.get(id)!;
      all.push({ ...signal, sequence: all.length + 1 });
      wake.resolve(undefined);
      wake = Promise.withResolvers();
    },
  };
}

/** A server of that engine on a free port. */
export async function listeningApi(
  engine: ApiEngine,
  { host = '127.0.0.1', ...options }: Partial<ApiServerOptions> & { host?: string } = {},
) {
  const unexpected: string[] = [];
  const server = createApiServer({
    engine,
    replay: async (sessionId) => ({ sessionId, steps: 30, identical: 30, outsideCalls: 0, differences: [], otherVersions: [] }),
    bodyLimitBytes: 1024 * 1024,
    version: '0.0.0-test',
    observe(event) {
      if (event.type === 'internal-error') unexpected.push(event.message);
    },
    ...options,
  });
  return { server, unexpected, url: await server.listen({ host, port: 0 }) };
}
