import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const root = new URL('../../', import.meta.url).pathname;
/** Files that a file names: imported, imported later, or started as a thread (compiled, those end in another way). */
const named = /(?:from|import)\s*\(?\s*'(\.[^']+\.ts)'|new URL\(`(\.[^`]+)\.\$\{extension\}`/g;

function reachable(start: readonly string[]): Set<string> {
  const found = new Set<string>();
  const open = [...start];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file) || !existsSync(file)) continue;
    found.add(file);
    for (const [, imported, started] of readFileSync(file, 'utf8').matchAll(named))
      open.push(join(dirname(file), imported ?? `${started!}.ts`));
  }
  return found;
}

describe('the modules of the runtime', () => {
  const all = globSync('runtime/**/*.ts', { cwd: root }).map((file) => join(root, file));

  it('29: are each reached from the program', () => {
    const used = reachable([join(root, 'runtime/main.ts')]);
    expect(all.filter((file) => !used.has(file)).map((file) => relative(root, file))).toEqual([]);
  });

  it('29: export nothing that nobody uses', () => {
    const text = [
      ...all,
      ...globSync('{platform,test,bench}/**/*.ts', { cwd: root, exclude: ['**/node_modules'] }).map((file) => join(root, file)),
    ].map((file) => ({ file, words: new Set(readFileSync(file, 'utf8').match(/[\w$]+/g)) }));
    const unused = all.flatMap((file) => {
      const exported = [...readFileSync(file, 'utf8').matchAll(/^export (?:async )?(?:const|function\*?|type|interface|class) ([\w$]+)/gm)];
      return exported.flatMap(([, name]) =>
        text.some((other) => other.file !== file && other.words.has(name!)) || countOf(file, name!) > 1
          ? []
          : [`${relative(root, file)} ${name!}`],
      );
    });
    expect(unused).toEqual([]);
  });
});

const countOf = (file: string, name: string): number => readFileSync(file, 'utf8').split(new RegExp(`\\b${name}\\b`)).length - 1;
