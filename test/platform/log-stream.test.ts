import { spawnSync } from 'node:child_process';

const platform = new URL('../../platform/', import.meta.url);
const program = (body: string): string => `
  const { createLog } = await import(${JSON.stringify(new URL('log.ts', platform).href)});
  const log = await createLog({ level: 'info', format: 'json', base: { program: 'runtime', pod: 'p' }, secrets: ['canary-secret'], to: 1 });
  ${body}`;
const run = (body: string) =>
  spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program(body)], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    timeout: 20_000,
  });

describe('the log of a real process', () => {
  it('is one JSON object a line to its last line, also when the process ends at once', () => {
    const { stdout, status } = run(`
      for (let i = 0; i < 20000; i++) log.info({ items: i, detail: 'line\\nbreak "quote" canary-secret \\u2028 ü', err: new Error('x') }, 'counted');
      log.flush();
      process.exit(3);`);
    expect(status).toBe(3);
    expect(stdout.endsWith('\n')).toBe(true);
    const lines = stdout.slice(0, -1).split('\n');
    expect(lines).toHaveLength(20_000);
    lines.forEach((text, i) => {
      const line = JSON.parse(text) as Record<string, unknown>;
      if (Object.getPrototypeOf(line) === null || line['items'] !== i || line['msg'] !== 'counted') throw new Error(`line ${i}: ${text}`);
    });
    expect(stdout).not.toContain('canary-secret');
  });

  it('neither ends nor holds up the process when its reader goes away', () => {
    const { status } = run(`
      const { closeSync } = await import('node:fs');
      closeSync(1);
      for (let i = 0; i < 100; i++) log.info({ items: i }, 'counted');
      await new Promise((resolve) => setImmediate(resolve));
      log.flush();
      process.exitCode = 5;`);
    expect(status).toBe(5);
  });
});
