import { parseArgs } from 'node:util';
import { createPlan, shapes, type Plan, type ShapeName } from './plan.ts';
import { brokenInvariants } from './invariants.ts';
import { live, sessionId } from './world.ts';
import { historyOf } from '../support/session-facts.ts';

/*
 * node test/simulation/main.ts [--from N] [--seeds N] [--step N] [--seed N] [--fail-fast]
 * Lives through seeds; prints a line for each that breaks an invariant, and a JSON line with the counts at the end. Exit 1 if any broke.
 */
const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '100' },
    step: { type: 'string', default: '1' },
    seed: { type: 'string' },
    'fail-fast': { type: 'boolean', default: false },
  },
});

const undisturbed = new Map<ShapeName, Promise<Record<string, unknown>>>();

/** The history of the same session made by one worker to whom nothing happens. */
function alone({ shape }: Plan): Promise<Record<string, unknown>> {
  let history = undisturbed.get(shape);
  if (!history) {
    const calm: Plan = {
      seed: 0,
      shape,
      processes: 1,
      concurrency: 1,
      crash: 0,
      answerLost: 0,
      slow: 0,
      stops: 0,
      outages: 0,
      bus: { drops: 0, doubles: 0, delays: 0, fails: 0 },
      llmFails: 0,
      answersVanish: 0,
      llmMs: 1,
      cancelAfterMs: undefined,
    };
    history = live(calm).then((world) => historyOf(world.store, sessionId));
    undisturbed.set(shape, history);
  }
  return history;
}

const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
const step = Number(values.step);
const totals = {
  seeds: 0,
  broken: 0,
  kills: 0,
  executions: 0,
  lostInFlight: 0,
  takeovers: 0,
  slowestTakeoverMs: 0,
  shapes: Object.keys(shapes).length,
};
for (let seed = first; seed < first + count; seed += step) {
  const plan = createPlan(seed);
  const world = await live(plan);
  const broken = await brokenInvariants(plan, world, alone);
  totals.seeds++;
  totals.kills += world.kills;
  totals.executions += world.provider.executions;
  totals.lostInFlight += world.watch.lostInFlight;
  totals.takeovers += world.watch.takeovers.length;
  totals.slowestTakeoverMs = Math.max(totals.slowestTakeoverMs, ...world.watch.takeovers);
  if (broken.length > 0) {
    totals.broken++;
    console.log(`seed ${seed} (${plan.shape}): ${broken.length} broken; again with: node test/simulation/main.ts --seed ${seed}`);
    for (const line of broken.slice(0, values.seed === undefined ? 3 : 100)) console.log(`  ${line}`);
    if (values['fail-fast']) break;
  }
}
console.log(JSON.stringify(totals));
process.exitCode = totals.broken > 0 ? 1 : 0;
