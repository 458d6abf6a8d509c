import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/*
 * node test/all.ts [--seeds N] [--kills N] [--cluster-kills N] [--only STEP]
 * Types, lint, format, the test files, the simulation, the planted faults, real kills of one process and of
 * several, in turn. One line a step; the last line is
 * `N passed, N failed` over all checks: a test counts one, and so does each other step. Exit 1 if any failed.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '300' },
    kills: { type: 'string', default: '50' },
    'cluster-kills': { type: 'string', default: '20' },
    only: { type: 'string' },
  },
});
const node = [process.execPath, '--disable-warning=ExperimentalWarning'];
const folder = await mkdtemp(join(tmpdir(), 'nireon-tests-'));

interface Counted {
  readonly passed: number;
  readonly failed: number;
}
interface Step {
  readonly name: string;
  readonly run: () => Promise<Counted>;
}

const half = (from: number): string[] => [
  ...node,
  'test/simulation/main.ts',
  '--from',
  String(from),
  '--seeds',
  values.seeds,
  '--step',
  '2',
];
const steps: readonly Step[] = [
  { name: 'types', run: commands(['npm', 'run', '-s', 'typecheck']) },
  { name: 'lint', run: commands(['npm', 'run', '-s', 'lint']) },
  { name: 'format', run: commands(['npm', 'run', '-s', 'format:check']) },
  { name: 'tests', run: runTests },
  { name: 'simulation', run: commands(half(1), half(2)) },
  { name: 'planted', run: commands([...node, 'test/simulation/planted.ts']) },
  { name: 'kills', run: commands([...node, 'test/chaos/kills.ts', '--kills', values.kills]) },
  { name: 'cluster', run: commands([...node, 'test/chaos/cluster.ts', '--kills', values['cluster-kills']]) },
];

/** One check of commands that run side by side: it passes if all end with 0. */
function commands(...lines: readonly (readonly string[])[]): () => Promise<Counted> {
  return async () => {
    const ok = (await Promise.all(lines.map(run))).every(Boolean);
    return { passed: ok ? 1 : 0, failed: ok ? 0 : 1 };
  };
}

function run(command: readonly string[]): Promise<boolean> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  return new Promise((resolve) => {
    child.on('error', () => resolve(false));
    child.on('close', (code) => resolve(code === 0));
  });
}

interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly { readonly name: string; readonly message: string }[];
}

/** All test files. One whose process Node itself took down, and none that failed otherwise, is run once more, which is told. */
async function runTests(): Promise<Counted> {
  const first = await runJest('jest.json', []);
  const crashed = first.files.filter(({ message }) => /terminated by another process: signal=SIG(TRAP|SEGV|ILL)/.test(message));
  if (crashed.length === 0) return first;
  for (const { name } of crashed) console.log(`Node crashed in ${name}: run once more`);
  const names = crashed.map(({ name }) => name);
  const second = await runJest('again.json', ['--runTestsByPath', ...names]);
  return { passed: first.passed + second.passed, failed: first.failed - crashed.length + second.failed };
}

/** A test file that could not run holds no tests, but is a failure; so is a run that failed over nothing, or left no report. */
async function runJest(name: string, args: readonly string[]): Promise<Counted & { readonly files: JestReport['testResults'] }> {
  const file = join(folder, name);
  const ok = await run(['npm', 'test', '-s', '--', '--silent', '--json', `--outputFile=${file}`, ...args]);
  const report = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as JestReport,
    () => undefined,
  );
  const failed = (report?.numFailedTests ?? 0) + (report?.numRuntimeErrorTestSuites ?? 0);
  return { passed: report?.numPassedTests ?? 0, failed: ok ? failed : Math.max(1, failed), files: report?.testResults ?? [] };
}

let passed = 0;
let failed = 0;
for (const step of steps.filter(({ name }) => values.only === undefined || values.only === name)) {
  const began = performance.now();
  const counted = await step.run();
  passed += counted.passed;
  failed += counted.failed;
  console.log(`${counted.failed === 0 ? 'ok    ' : 'FAILED'} ${step.name} (${Math.round((performance.now() - began) / 1000)} s)`);
}
await rm(folder, { recursive: true });
if (passed + failed === 0) throw new Error(`there is no step ${values.only ?? ''}: ${steps.map(({ name }) => name).join(', ')}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
