import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { plants } from './plants.ts';

/*
 * node test/simulation/planted.ts [--seeds N]
 * Plants each fault in turn and lives through seeds until one catches it. A JSON line a fault; exit 1 if any stays unseen.
 */
const { values } = parseArgs({ options: { seeds: { type: 'string', default: '600' } } });
const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

async function caughtBy(name: string): Promise<string | undefined> {
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--import',
      here('./plant-hook.ts'),
      here('./main.ts'),
      '--seeds',
      values.seeds,
      '--fail-fast',
    ],
    { env: { ...process.env, PLANT: name }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let out = '';
  let complaint = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  if (code === 0) return undefined;
  const found = /seed (\d+) .*\n\s+(.{0,160})/.exec(out);
  // A fault that could not be planted, or a simulation that could not start, catches nothing.
  if (!found) throw new Error(`"${name}": ${complaint.slice(0, 2_000)}`);
  return `seed ${found[1]!}: ${found[2]!}`;
}

let unseen = 0;
const queue = [...plants];
async function lane(): Promise<void> {
  for (let plant = queue.shift(); plant; plant = queue.shift()) {
    const seed = await caughtBy(plant.name);
    if (seed === undefined) unseen++;
    console.log(JSON.stringify({ fault: plant.name, file: plant.file, caught: seed ?? null }));
  }
}
await Promise.all([lane(), lane()]);
console.log(JSON.stringify({ faults: plants.length, caught: plants.length - unseen }));
process.exitCode = unseen > 0 ? 1 : 0;
