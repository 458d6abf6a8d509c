/** A span that is over. `kind` as OpenTelemetry means it. */
export interface SpanRecord {
  readonly name: string;
  readonly kind: 'internal' | 'client' | 'producer' | 'consumer';
  /** 32 and 16 lower-case hex digits. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  /** Wall time in milliseconds since 1970. */
  readonly endMs: number;
  readonly durationMs: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** Present if it failed. */
  readonly errorCode?: string;
}

/** Takes spans when they are over; never throws, never blocks, drops what an unreachable collector doesn't take. */
export interface Tracer {
  record(span: SpanRecord): void;
  /** Sends what is left, for at most 3 s. */
  close(): Promise<void>;
}

export interface TracingOptions {
  /** OTEL_EXPORTER_OTLP_ENDPOINT (or …_TRACES_ENDPOINT) switches tracing on; OTEL_EXPORTER_OTLP_HEADERS and OTEL_SERVICE_NAME are heeded. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly service: {
    readonly name: string;
    readonly version: string;
    readonly instance: string;
    readonly role: string;
    readonly pod: string;
  };
}

/** Longest time for one request to the collector. */
const patienceMs = 3000;

/** Values that are given to the collector as credentials: not for any log. */
export function tracingSecrets(env: TracingOptions['env']): string[] {
  return Object.values(headersOf(env));
}

/** A tracer that sends spans by OTLP over HTTP, or undefined if no collector is named. OpenTelemetry is loaded only if one is. */
export async function startTracing({ env, service }: TracingOptions): Promise<Tracer | undefined> {
  const url = tracesUrl(env);
  if (url === undefined) return undefined;
  const [api, sdk, { OTLPTraceExporter }, { resourceFromAttributes }, names] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/semantic-conventions'),
  ]);
  const exporter = new OTLPTraceExporter({ url, headers: headersOf(env), timeoutMillis: patienceMs });
  const next = { traceId: '', spanId: '' };
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({
      [names.ATTR_SERVICE_NAME]: env['OTEL_SERVICE_NAME'] ?? service.name,
      [names.ATTR_SERVICE_VERSION]: service.version,
      'service.namespace': service.instance,
      'service.instance.id': service.pod,
      'nireon.role': service.role,
    }),
    sampler: new sdk.AlwaysOnSampler(),
    idGenerator: { generateTraceId: () => next.traceId, generateSpanId: () => next.spanId },
    spanProcessors: [
      new sdk.BatchSpanProcessor({ exporter, maxQueueSize: 8192, scheduledDelayMillis: 1000, exportTimeoutMillis: patienceMs }),
    ],
  });
  const tracer = provider.getTracer('nireon', service.version);
  const kinds = {
    internal: api.SpanKind.INTERNAL,
    client: api.SpanKind.CLIENT,
    producer: api.SpanKind.PRODUCER,
    consumer: api.SpanKind.CONSUMER,
  };
  return {
    record({ name, kind, traceId, spanId, parentSpanId, endMs, durationMs, attributes, errorCode }) {
      const parent =
        parentSpanId === undefined
          ? api.ROOT_CONTEXT
          : api.trace.setSpanContext(api.ROOT_CONTEXT, {
              traceId,
              spanId: parentSpanId,
              traceFlags: api.TraceFlags.SAMPLED,
              isRemote: true,
            });
      next.traceId = traceId;
      next.spanId = spanId;
      const span = tracer.startSpan(name, { kind: kinds[kind], startTime: endMs - durationMs, attributes: { ...attributes } }, parent);
      if (errorCode !== undefined) {
        span.setAttribute(names.ATTR_ERROR_TYPE, errorCode);
        span.setStatus({ code: api.SpanStatusCode.ERROR, message: errorCode });
      }
      span.end(endMs);
    },
    async close() {
      await Promise.race([provider.shutdown().catch(() => undefined), new Promise((resolve) => setTimeout(resolve, patienceMs).unref())]);
    },
  };
}

function tracesUrl(env: TracingOptions['env']): string | undefined {
  const traces = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];
  if (traces) return traces;
  const all = env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  return all ? `${all.replace(/\/+$/, '')}/v1/traces` : undefined;
}

/** `name=value,name=value`, values percent-encoded. */
function headersOf(env: TracingOptions['env']): Record<string, string> {
  const text = env['OTEL_EXPORTER_OTLP_TRACES_HEADERS'] ?? env['OTEL_EXPORTER_OTLP_HEADERS'] ?? '';
  const pairs = text.split(',').map((pair) => pair.split('='));
  return Object.fromEntries(pairs.flatMap(([name, ...value]) => (name?.trim() ? [[name.trim(), decoded(value.join('=').trim())]] : [])));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
