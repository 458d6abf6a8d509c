import { createLog, type Log, type LogLevel } from '../../platform/log.ts';

export interface MemoryLog {
  readonly log: Log;
  /** All that was written. */
  text(): string;
  /** Each line as JSON. */
  lines(): Record<string, unknown>[];
}

export async function createMemoryLog(level: LogLevel = 'debug', secrets: readonly string[] = []): Promise<MemoryLog> {
  let text = '';
  const log = await createLog({
    level,
    format: 'json',
    base: { program: 'runtime', instance: 'test', role: 'all', version: '0.0.0', pod: 'pod-1' },
    secrets,
    to: { write: (line: string) => void (text += line) },
  });
  return {
    log,
    text: () => text,
    lines: () =>
      text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}
