import { spawnSync } from 'node:child_process';
import { createContext, runInContext } from 'node:vm';
import { z } from 'zod';
import { createBuiltinLlm } from '../../../runtime/adapters/llm/builtin/index.ts';
import { families } from '../../../runtime/adapters/llm/builtin/writing/moves.ts';
import { blockProblems } from '../../../runtime/domain/block-check.ts';
import { builtinRequest } from '../../support/builtin-request.ts';
import { patient } from '../../support/llm-request.ts';

const llm = createBuiltinLlm();
const offer = (dialects: string): string => `dialects: ${dialects}\npackages: none\nlimits: 10 s of CPU, 256 MiB, 64 KiB of output`;
const ask = async <T>(name: 'decide' | 'write' | 'rewrite', material: Record<string, string>): Promise<T> =>
  JSON.parse((await llm.complete(builtinRequest(name, { material }), patient())).text) as T;

interface Program {
  dialect: 'javascript' | 'python';
  code: string;
  entryPoint: string;
  inputs: Record<string, number>;
  requirements: string[];
  expects: Record<string, z.core.util.JSONType>;
}
interface Result {
  measured: number | null;
  wanted: number | null;
  holds: boolean | null;
}
const write = (claim: string, dialects = 'javascript, python', more: Record<string, string> = {}): Promise<Program> =>
  ask('code' in more ? 'rewrite' : 'write', { claim, 'what can be run': offer(dialects), ...more });
// Values of another realm are not equal to ours: they come back as text.
const runJavascript = ({ code, inputs }: Program): Result =>
  JSON.parse(runInContext(`${code}\nJSON.stringify(main(${JSON.stringify(inputs)}))`, createContext({})) as string) as Result;

const filled = (claim: string, n: number, q: number, k: number): string =>
  claim.replaceAll('{n}', String(n)).replaceAll('{q}', String(q)).replaceAll('{k}', String(k));
const claims = families.flatMap((family) => family.moves.flatMap(({ claim }) => (claim === undefined ? [] : [claim])));
const hasPython = spawnSync('python3', ['--version']).status === 0;

describe('the experiments of the builtin model', () => {
  it('are there for every claim that its moves make, and each kind of claim may come out either way', async () => {
    expect(claims.length).toBeGreaterThanOrEqual(4);
    for (const claim of claims) {
      const held = new Set<boolean | null>();
      for (const n of [3, 6]) for (const q of [50, 90]) held.add(runJavascript(await write(filled(claim, n, q, 60))).holds);
      expect({ claim, held: [...held].sort() }).toEqual({ claim, held: [false, true] });
    }
  });

  it('come out near what queueing theory and probability say', async () => {
    const measured = async (claim: string): Promise<number> => runJavascript(await write(claim)).measured!;
    // Erlang C at load 0.8 with 4 places: mean wait 0.745 services, against 4 in front of each of 4 places alone.
    expect(
      await measured('One line in front of 4 places should cut the mean wait by at least 50 percent against 4 separate lines.'),
    ).toBeCloseTo(81.4, -0.7);
    expect(
      Math.abs(
        (await measured('One check in 4 should find a fault that sits in every fifth case within 40 cases, at least nine times in ten.')) -
          100 * (1 - 0.95 ** 40),
      ),
    ).toBeLessThan(2);
    // Poisson with mean 2: at most 5 on a day with 0.9834, on five days with 0.92.
    expect(
      Math.abs(
        (await measured(
          'With two bad cases on a usual day, a reserve of 5 should last through every day of the week in nine weeks of ten.',
        )) - 92,
      ),
    ).toBeLessThan(2.5);
  });

  it('pass the static checks, and the result is as they promise', async () => {
    const maximum = { cpuSeconds: 10, memoryMiB: 256, wallSeconds: 20, outputKiB: 64 };
    for (const claim of [...claims.map((one) => filled(one, 4, 60, 40)), 'Water is wet in 9 cases of 10.']) {
      const program = await write(claim);
      expect(blockProblems({ ...program, id: 'blk_x', limits: maximum }, { dialects: ['javascript'], packages: [], maximum })).toEqual([]);
      expect(z.fromJSONSchema(program.expects).safeParse(runJavascript(program)).error).toBeUndefined();
    }
  });

  (hasPython ? it : it.skip)('say the same in python, figure for figure', async () => {
    for (const claim of [...claims.map((one) => filled(one, 5, 80, 60)), 'Water is wet.']) {
      const program = await write(claim, 'python');
      expect(program.dialect).toBe('python');
      const run = spawnSync('python3', ['-c', `${program.code}\nimport json\nprint(json.dumps(main(${JSON.stringify(program.inputs)})))`]);
      expect(String(run.stderr)).toBe('');
      expect(JSON.parse(String(run.stdout))).toEqual(runJavascript(await write(claim, 'javascript')));
    }
  });

  it('are decided for where the idea makes such a claim, and nowhere else', async () => {
    const claim = filled(claims[0]!, 4, 60, 40);
    const idea = `A title\n\nLet the books come in waves. ${claim} Volunteers count them.`;
    expect(await ask('decide', { idea, 'what can be run': offer('javascript') })).toMatchObject({ decision: 'experiment', claim });
    expect(await ask('decide', { idea: 'A title\n\nIt saves 40 percent of 12 hours.', 'what can be run': offer('python') })).toMatchObject({
      decision: 'none',
      claim: '',
    });
    expect(await ask('decide', { idea, 'what can be run': offer('math') })).toMatchObject({ decision: 'none', claim: '' });
  });

  it('decide nothing where the claim is of a kind that it cannot simulate', async () => {
    expect(runJavascript(await write('Children remember 8 of 12 fractions.'))).toEqual({ measured: null, wanted: null, holds: null });
  });

  it('are written again in the other dialect when they were refused or failed', async () => {
    const claim = filled(claims[0]!, 4, 60, 40);
    const again = await write(claim, 'javascript, python', { code: 'x', problems: 'PROTO_PROGRAM_ERROR' });
    expect([(await write(claim)).dialect, again.dialect]).toEqual(['javascript', 'python']);
  });
});
