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
const report = join(folder, 'jest.json');

interface Counted {
  readonly passed: number;
  readonly failed: number;
}
interface Step {
  readonly name: string;
  /** Run side by side; the step passes if all end with 0. */
  readonly commands: readonly (readonly string[])[];
  readonly count?: (ok: boolean) => Promise<Counted>;
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
  { name: 'types', commands: [['npm', 'run', '-s', 'typecheck']] },
  { name: 'lint', commands: [['npm', 'run', '-s', 'lint']] },
  { name: 'format', commands: [['npm', 'run', '-s', 'format:check']] },
  { name: 'tests', commands: [['npm', 'test', '-s', '--', '--silent', '--json', `--outputFile=${report}`]], count: countTests },
  { name: 'simulation', commands: [half(1), half(2)] },
  { name: 'planted', commands: [[...node, 'test/simulation/planted.ts']] },
  { name: 'kills', commands: [[...node, 'test/chaos/kills.ts', '--kills', values.kills]] },
  { name: 'cluster', commands: [[...node, 'test/chaos/cluster.ts', '--kills', values['cluster-kills']]] },
];

function run(command: readonly string[]): Promise<boolean> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  return new Promise((resolve) => {
    child.on('error', () => resolve(false));
    child.on('close', (code) => resolve(code === 0));
  });
}

/** A test file that could not run holds no tests, but is a failure. */
async function countTests(ok: boolean): Promise<Counted> {
  try {
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(await readFile(report, 'utf8')) as Record<
      string,
      number
    >;
    const failed = (numFailedTests ?? 0) + (numRuntimeErrorTestSuites ?? 0);
    return { passed: numPassedTests ?? 0, failed: ok ? failed : Math.max(1, failed) };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

let passed = 0;
let failed = 0;
for (const step of steps.filter(({ name }) => values.only === undefined || values.only === name)) {
  const began = performance.now();
  const ok = (await Promise.all(step.commands.map(run))).every(Boolean);
  const counted = (await step.count?.(ok)) ?? { passed: ok ? 1 : 0, failed: ok ? 0 : 1 };
  passed += counted.passed;
  failed += counted.failed;
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${step.name} (${Math.round((performance.now() - began) / 1000)} s)`);
}
await rm(folder, { recursive: true });
if (passed + failed === 0) throw new Error(`there is no step ${values.only ?? ''}: ${steps.map(({ name }) => name).join(', ')}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
