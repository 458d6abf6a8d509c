import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { Rule } from '../runtime/domain/rule-set.ts';
import { isSignalType, signalData } from '../runtime/domain/signal.ts';
import { checkRules, operationsOf } from '../runtime/engine/rules/check.ts';
import { mechanisms } from '../runtime/mechanisms.ts';
import { runCli } from './support/run-cli.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' }).split('\n');
const pages = files.filter((file) => /^(docs\/.*|[A-Z]+)\.md$/.test(file) && existsSync(join(root, file)));
const inCode = /```[^]*?```|`[^`\n]+`/g;

/** Words that look like a path of this project. Names in capitals stand for any. */
const pathsIn = (text: string): string[] =>
  [...text.matchAll(/`((?:runtime|platform|rules|test|docs|bench)\/[\w./-]+)`/g)]
    .map(([, path]) => path!)
    .filter((path) => !/[A-Z]{4}/.test(path));

describe('the pages', () => {
  it.each(pages)('%s links to files and headings that exist', (page) => {
    const links = [
      ...read(page)
        .replaceAll(inCode, '')
        .matchAll(/\]\(([^)\s]+)\)/g),
    ].map(([, to]) => to!);
    const broken = links
      .filter((to) => !/^https?:/.test(to))
      .filter((to) => {
        const [path = '', heading] = to.split('#');
        const target = path === '' ? page : normalize(join(dirname(page), path));
        if (!existsSync(join(root, target))) return true;
        return heading !== undefined && !headingsOf(read(target)).includes(heading);
      });
    expect(broken).toEqual([]);
  });

  it.each(pages)('%s names files that exist', (page) => {
    expect(pathsIn(read(page)).filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it.each(pages)('%s names targets of make that exist', (page) => {
    const targets = new Set([...read('Makefile').matchAll(/^([a-z-]+):/gm)].map(([, name]) => name));
    const named = [...read(page).matchAll(/(?:^|`)make ([a-z-]+)/gm)].map(([, name]) => name!);
    expect(named.filter((name) => !targets.has(name))).toEqual([]);
  });

  it.each(pages)('%s names commands and options that exist', async (page) => {
    const { out } = await runCli(['--help']);
    const commands = [...out.matchAll(/^ {2}nireon ([a-z]+(?: [a-z]+)?) {2,}/gm)].map(([, name]) => name!);
    expect(commands.length).toBeGreaterThan(10);
    const calls = [
      ...read(page)
        .replaceAll(/\\\n\s*/g, '')
        .matchAll(/(?:bin\/|(?:^|`)(?:\S+=\S+ )*)nireon ([a-z][^\n`|]*)/gm),
    ].map(([, rest]) => rest!);
    for (const call of calls) {
      const command = commands.find((name) => `${call} `.startsWith(`${name} `));
      expect([call, command]).toEqual([call, expect.any(String)]);
      const help = (await runCli([...command!.split(' '), '--help'])).out;
      const options = call.replaceAll(/"[^"]*"/g, '').match(/(?<=\s)--[a-z-]+/g) ?? [];
      for (const option of options) expect([call, help.includes(`${option} `)]).toEqual([call, true]);
    }
  });
});

const headingsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );

describe('docs/architecture.md', () => {
  it('says what each folder imports', () => {
    const told = /<!-- imports begin -->\n([^]*)<!-- imports end -->/.exec(read('docs/architecture.md'))?.[1] ?? '';
    const rows = [...told.matchAll(/^\| `([\w/]+)` \| (.+) \|$/gm)].map(([, folder, names]) => [folder!, names!] as const);
    expect(rows.map(([folder]) => folder.replace('runtime/', '')).sort()).toEqual(layers.toSorted());
    for (const [folder, names] of rows) {
      const imported = importsOf(folder);
      expect([folder, imported.length === 0 ? 'nothing of the others' : imported.join(', ')]).toEqual([folder, names]);
    }
  });
});

const layers = ['platform', 'domain', 'ports', 'mechanisms', 'engine', 'adapters', 'report', 'server', 'wiring', 'cli'];

/** The layers that the files of a folder import, by name; single files of `runtime/` are none. */
function importsOf(folder: string): string[] {
  const found = new Set<string>();
  for (const file of files.filter((name) => name.startsWith(`${folder}/`) && name.endsWith('.ts') && existsSync(join(root, name)))) {
    for (const [, to] of read(file).matchAll(/(?:from|import\(|^import) ?'(\.[^']+)'/gm)) {
      const target = normalize(join(dirname(file), to!));
      const layer = target.split('/')[target.startsWith('platform/') ? 0 : 1]!;
      if (!target.startsWith(`${folder}/`) && layers.includes(layer)) found.add(layer);
    }
  }
  return [...found].sort();
}

describe('docs/rules.md', () => {
  const text = read('docs/rules.md');
  const operations = operationsOf(mechanisms.values());
  const small = parse(/<!-- small set -->\n```yaml\n([^]*?)```/.exec(text)![1]!) as { terminal: string[]; rules: Rule[] };
  const cells = (line: string): string[] => line.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$|`/g, ''));
  const rowsOf = (names: (first: string) => boolean): string[][] =>
    text.split('\n').flatMap((line) => (/^\| `[a-z]+\.[a-z]+` \|/.test(line) && names(cells(line)[0]!) ? [cells(line)] : []));

  it('has every signal, with who emits it and the fields of its data', () => {
    const rows = Object.entries(signalData).map(([type, schema]) => {
      const { properties, required = [] } = z.toJSONSchema(schema) as { properties: object; required?: string[] };
      return [
        type,
        Object.keys(properties)
          .map((name) => (required.includes(name) ? name : `${name}?`))
          .join(', '),
      ];
    });
    const told = rowsOf(isSignalType);
    expect(told.map(([type, , data]) => [type, data])).toEqual(rows);
    for (const [type, by] of told) {
      const emitting = operations.filter(({ emits }) => emits.includes(type as never)).map(({ name }) => name);
      expect([type, by!.split(', ').filter((name) => name.includes('.'))]).toEqual([type, emitting]);
    }
  });

  it('has every operation, with the fields of its input', () => {
    const wanted = operations.map(({ name, input }) => [name, Object.keys((z.toJSONSchema(input) as { properties: object }).properties)]);
    const told = rowsOf((name) => !isSignalType(name)).map(([name, input]) => [name!, input!.replaceAll(/ \([^)]*\)/g, '').split(', ')]);
    expect(told).toEqual(wanted);
  });

  const problemsOf = (example: string) => {
    const own = parse(example) as { terminal?: string[]; rules?: Rule[] };
    const ids = new Set(own.rules?.map(({ id }) => id));
    const rules = [...small.rules.filter(({ id }) => !ids.has(id)), ...(own.rules ?? [])];
    const found = checkRules([{ name: 'my-rules.yaml', text: stringify({ ...small, ...own, rules }) }], operations).problems;
    return found.map(({ rule, code, message }) => `${rule ?? '-'} ${code} ${message.replace(/(\.yaml):\d+/, '$1:…')}`);
  };

  it('has a small set in which nothing is wrong', () => {
    expect(problemsOf('{}')).toEqual([]);
  });

  const sections = text.split(/^### /m).slice(1);
  it.each(sections.map((section) => [section.split('\n', 1)[0]!, section]))('shows %s, what is said, and a way out', (code, section) => {
    const [bad, good] = [...section.matchAll(/```yaml\n([^]*?)```/g)].map(([, example]) => example!);
    const [, said] = /\n\n```\n([^]*?)\n```/.exec(section)!;
    expect(problemsOf(bad!)).toEqual([said]);
    expect(said).toContain(` ${code} `);
    expect(problemsOf(good!)).toEqual([]);
  });

  it('shows every code of the check', () => {
    const codes = [...read('runtime/engine/rules/problem.ts').matchAll(/\| '([A-Z_]+)'/g)].map(([, code]) => code);
    expect(sections.map((section) => section.split('\n', 1)[0])).toEqual(codes);
  });
});
