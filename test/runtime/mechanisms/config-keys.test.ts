import { z } from 'zod';
import { mechanisms } from '../../../runtime/mechanisms.ts';
import { configEffects } from '../../support/config-effects.ts';

interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly description?: string;
  readonly default?: unknown;
}

/** The keys of a schema that hold values, by path. */
const keysOf = (name: string, shape: Shape): { path: string; shape: Shape }[] =>
  shape.properties ? Object.entries(shape.properties).flatMap(([key, inner]) => keysOf(`${name}.${key}`, inner)) : [{ path: name, shape }];

const keys = [...mechanisms.values()]
  .flatMap(({ name, config }) => keysOf(name, z.toJSONSchema(config, { io: 'input' }) as Shape))
  // A mechanism without settings is no key.
  .filter(({ path }) => path.includes('.'));

describe('the settings of the mechanisms', () => {
  it('have each a run that shows its effect, and no run is for a key that is not there', () => {
    expect(Object.keys(configEffects).sort()).toEqual(keys.map(({ path }) => path).sort());
  });

  it.each(Object.entries(configEffects))('%s changes what is done', async (path, { one, other, observe }) => {
    const { config } = mechanisms.get(path.split('.')[0]!)!;
    for (const settings of [one, other]) expect(config.safeParse(settings)).toMatchObject({ success: true });
    const [seen, again, changed] = [await observe(one), await observe(one), await observe(other)];
    expect(seen).toEqual(again);
    expect(changed).not.toEqual(seen);
  });

  it.each(keys)('$path has a default', ({ shape }) => {
    expect(shape.default).toBeDefined();
  });
});

describe('settings that do not fit', () => {
  it.each([
    ['explorer', { minLength: 100, maxLength: 100 }],
    ['explorer', { towardConcepts: 0 }],
    ['explorer', { applicationRate: 0.5 }],
    ['sentinel', { weights: { align: 0.5, feas: 0.5, novel: 0.5 } }],
    ['sentinel', { noveltyNear: 0.3, noveltyFar: 0.3 }],
    ['sentinel', { judges: 1.5 }],
    ['catalyst', { shareLow: 0.6 }],
    ['catalyst', { shareHigh: 0.95 }],
    ['planner', { minTrust: -1 }],
    ['stagnation', { patience: 0 }],
    ['quantifier', { block: { cpuSeconds: 0 } }],
    ['proto', { anything: 1 }],
  ])('of %s are refused: %j', (name, settings) => {
    expect(mechanisms.get(name)!.config.safeParse(settings).success).toBe(false);
  });
});
