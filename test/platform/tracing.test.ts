import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startTracing, tracingSecrets } from '../../platform/tracing.ts';

const service = { name: 'nireon', version: '1.2.3', instance: 'lab', role: 'all', pod: 'pod-1' };

/** The part of OTLP's JSON that is looked at here. */
interface TraceRequest {
  resourceSpans: { resource: { attributes: unknown[] }; scopeSpans: { spans: Record<string, unknown>[] }[] }[];
}

async function startCollector() {
  const requests: { url: string | undefined; headers: IncomingMessage['headers']; body: TraceRequest }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests.push({ url: request.url, headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString()) as TraceRequest });
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { requests, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop: () => server.close() };
}

describe('startTracing', () => {
  it('is off without a collector', async () => {
    expect(await startTracing({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: '' }, service })).toBeUndefined();
  });

  it('sends spans with the ids they were given', async () => {
    const collector = await startCollector();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`, OTEL_EXPORTER_OTLP_HEADERS: 'x-key=a%20secret' };
    expect(tracingSecrets(env)).toEqual(['a secret']);
    const tracer = (await startTracing({ env, service }))!;
    const traceId = 'a'.repeat(32);
    const root = { kind: 'internal', traceId, endMs: 1_700_000_001_500, durationMs: 500, attributes: { n: 1 } } as const;
    tracer.record({ ...root, name: 'session', spanId: 'b'.repeat(16) });
    tracer.record({
      ...root,
      name: 'work',
      kind: 'consumer',
      spanId: 'c'.repeat(16),
      parentSpanId: 'b'.repeat(16),
      errorCode: 'WORK_CRASHED',
    });
    await tracer.close();
    collector.stop();

    expect(collector.requests).toHaveLength(1);
    const { url, headers, body } = collector.requests[0]!;
    expect([url, headers['x-key']]).toEqual(['/v1/traces', 'a secret']);
    const { resource, scopeSpans } = body.resourceSpans[0]!;
    expect(resource.attributes).toContainEqual({ key: 'service.name', value: { stringValue: 'nireon' } });
    const [session, work] = scopeSpans[0]!.spans;
    expect(session).toMatchObject({
      traceId,
      spanId: 'b'.repeat(16),
      name: 'session',
      startTimeUnixNano: '1700000001000000000',
      endTimeUnixNano: '1700000001500000000',
    });
    expect(session!['parentSpanId']).toBeUndefined();
    expect(work).toMatchObject({
      traceId,
      spanId: 'c'.repeat(16),
      parentSpanId: 'b'.repeat(16),
      status: { code: 2, message: 'WORK_CRASHED' },
    });
  });

  it('ends in time when the collector is not there', async () => {
    const tracer = (await startTracing({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }, service }))!;
    tracer.record({
      name: 'x',
      kind: 'internal',
      traceId: 'a'.repeat(32),
      spanId: 'b'.repeat(16),
      endMs: 1,
      durationMs: 1,
      attributes: {},
    });
    await tracer.close();
  });
});
