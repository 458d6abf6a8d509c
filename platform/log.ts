import { type DestinationStream, pino } from 'pino';
import { createLineWriter } from './line-writer.ts';
import type { LogFields } from './log-fields.ts';
import { createRedactor } from './redact.ts';

/** Codes under which other software's words are passed on: they may quote prompts, so they are written at debug only. */
export const foreignCodes: ReadonlySet<string> = new Set(['INTERNAL', 'MECHANISM_FAILED']);

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

type Write = (fields: LogFields, message: string) => void;
/** `message` is constant text; whatever varies is a field. */
export interface Log extends Readonly<Record<LogLevel, Write>> {
  isLevelEnabled(level: LogLevel): boolean;
  /** Writes out what is buffered; for the end of the process. */
  flush(): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: 'json' | 'pretty';
  /** On each line. */
  readonly base: Pick<LogFields, 'program' | 'instance' | 'role' | 'version' | 'pod'>;
  /** Values that no line may show. */
  readonly secrets?: Iterable<string>;
  /** A file descriptor (1: standard output) or something that takes whole lines. */
  readonly to: number | DestinationStream;
}

/**
 * JSON lines: `time`, `level`, the base, the fields, `msg`. Of an error only type, code and stack are written; its words only if it is one
 * of ours, or at debug: those of other software may quote what they were given. Each finished line passes the redactor.
 */
export async function createLog({ level, format, base, secrets = [], to }: LogOptions): Promise<Log> {
  const redact = createRedactor(secrets);
  const sink = typeof to === 'number' ? createLineWriter(to) : { write: (line: string) => to.write(line), flush: () => undefined };
  const stream = format === 'json' ? sink : await prettyStream(sink, to === 1 && process.stdout.isTTY);
  const logger = pino(
    {
      level,
      base,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: (error: unknown) => describeError(error, level === 'debug') },
      hooks: { streamWrite: redact },
    },
    stream,
  );
  const write =
    (at: LogLevel): Write =>
    (fields, message) =>
      logger[at](fields, message);
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    isLevelEnabled: (at) => logger.isLevelEnabled(at),
    flush: sink.flush,
  };
}

async function prettyStream(destination: DestinationStream, colour: boolean): Promise<DestinationStream> {
  const { prettyFactory } = await import('pino-pretty');
  const pretty = prettyFactory({ colorize: colour, translateTime: 'SYS:HH:MM:ss.l', ignore: 'program,instance,role,version,pod' });
  return { write: (line) => destination.write(pretty(line)) };
}

interface DescribedError {
  readonly type: string;
  readonly code?: string;
  readonly message?: string;
  readonly stack?: string;
  readonly cause?: DescribedError;
}

/** What may be known of anything thrown; `ours` are errors whose messages promise to hold no secrets. */
function describeError(error: unknown, withWords: boolean, depth = 0): DescribedError {
  if (typeof error !== 'object' || error === null) return { type: typeof error, ...(withWords ? { message: String(error) } : {}) };
  const { name, code, message, stack, cause } = error as Readonly<Record<string, unknown>>;
  const words = withWords || (name === 'NireonError' && !foreignCodes.has(String(code)));
  const frames = typeof stack === 'string' ? stack.split('\n').filter((line) => /^\s+at /.test(line)) : [];
  return {
    type: typeof name === 'string' ? name : 'object',
    ...(typeof code === 'string' ? { code } : {}),
    ...(words && typeof message === 'string' ? { message } : {}),
    ...(frames.length > 0 ? { stack: frames.join('\n') } : {}),
    ...(cause === undefined || depth >= 4 ? {} : { cause: describeError(cause, withWords, depth + 1) }),
  };
}
