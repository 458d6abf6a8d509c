import { createHash } from 'node:crypto';
import { readReport } from '../../../runtime/report/data.ts';
import { renderReport } from '../../../runtime/report/render.ts';
import { type FixtureOptions, fixtureSession } from '../../support/fixture-session.ts';
import { hostileTexts } from '../../support/fixture-texts.ts';
import { recordedStore } from '../../support/recorded-store.ts';

const rendered = async (format: 'html' | 'markdown', options: FixtureOptions): Promise<string> => {
  const history = fixtureSession(options);
  return renderReport(await readReport(recordedStore(history), history.session.id), format);
};
const hostile = { hostile: true, experiments: true, unscoredEvery: 7, rounds: 10 } as const;

describe('the report as a page', () => {
  /** Every tag of the page with its attributes, as a browser's tokenizer would see them. */
  const tags = (page: string) =>
    [...page.replace(/<style>[^]*?<\/style>/, '<style></style>').matchAll(/<(\/?[a-zA-Z!][^\s/>]*)((?:[^>"']|"[^"]*"|'[^']*')*)>/g)].map(
      ([, name, rest]) => ({ name: name!.toLowerCase(), attributes: [...rest!.matchAll(/([^\s=/"']+)(?:="([^"]*)")?/g)] }),
    );

  it('has no tag and no attribute but ours, whatever a model wrote', async () => {
    const known = new Set((await tagNames({ experiments: true, unscoredEvery: 3 })).names);
    const { names, attributes, addresses } = await tagNames(hostile);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
    expect(names).not.toContain('script');
    expect(attributes.filter((name) => /^(on|src|style|action)/i.test(name))).toEqual([]);
    expect(addresses.filter((address) => !address.startsWith('#'))).toEqual([]);
  });

  const tagNames = async (options: FixtureOptions) => {
    const found = tags(await rendered('html', options));
    return {
      names: found.map(({ name }) => name),
      attributes: found.flatMap((tag) => tag.attributes.map(([, name]) => name!)),
      addresses: found.flatMap((tag) => tag.attributes.flatMap(([, name, value]) => (name === 'href' ? [value!] : []))),
    };
  };

  it('shows hostile text as text', async () => {
    const page = await rendered('html', hostile);
    expect(page).toContain('&lt;script&gt;alert(&quot;title&quot;)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;');
    for (const sign of ['\u202e', '\u2066', '\u001b', '\u0000', '\u009b']) expect(page).not.toContain(sign);
    expect(hostileTexts.join('')).toContain('\u202e');
  });

  it('lets only its own style sheet take effect', async () => {
    const page = await rendered('html', {});
    const style = /<style>([^]*)<\/style>/.exec(page)![1]!;
    const digest = createHash('sha256').update(style).digest('base64');
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)![1]!.replaceAll('&#39;', "'");
    expect(policy.split('; ').slice(0, 2)).toEqual(["default-src 'none'", `style-src 'sha256-${digest}'`]);
    expect(style).not.toMatch(/url\(|@import/);
  });

  it('links only to places that exist', async () => {
    const page = await rendered('html', { experiments: true, unscoredEvery: 3 });
    const ids = new Set([...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id));
    const missing = [...page.matchAll(/href="#([^"]*)"/g)].map(([, id]) => id).filter((id) => !ids.has(id));
    expect(missing).toEqual([]);
  });

  it('says that the built-in combiner is no language model, and that a session still runs', async () => {
    const page = await rendered('html', { writer: 'builtin', running: true, rounds: 2 });
    expect(page).toContain('No language model wrote these ideas');
    expect(page).toContain('Still running');
  });

  it('stands before the first idea too', async () => {
    const history = fixtureSession({ rounds: 1, running: true });
    const empty = {
      ...history,
      ideas: history.ideas.slice(0, 1),
      assessments: [],
      journal: [],
      signals: [],
      frames: [],
      budgets: [],
      work: [],
    };
    const page = await renderReport(await readReport(recordedStore(empty), history.session.id), 'html');
    expect(page).toContain('No idea has a score yet.');
  });
});

describe('the report as Markdown', () => {
  it('reads nothing that a model wrote as Markdown or HTML', async () => {
    const outsideFences = (await rendered('markdown', hostile)).replace(/^(`{3,})\n[^]*?\n\1$/gm, '');
    expect(outsideFences).not.toMatch(/(?<!\\)<|(?<!\\)\]\(|(?<!\\)!\[|:\/\/(?=\w)/);
    expect(outsideFences).toContain('\\<script\\>');
  });

  it('closes a code block only where it ends', async () => {
    const history = fixtureSession({ experiments: true });
    const report = await readReport(recordedStore(history), history.session.id);
    const text = await renderReport({ ...report, experiments: [{ ...report.experiments[0]!, code: 'a\n````\nb' }] }, 'markdown');
    expect(text).toContain('`````\na\n````\nb\n`````');
  });

  it('holds every part of the report', async () => {
    const text = await rendered('markdown', { experiments: true, unscoredEvery: 4 });
    const heads = [...text.matchAll(/^## (.*)$/gm)].map(([, head]) => head);
    expect(heads).toEqual(['Rounds', 'Ranked ideas', 'What grew from what', 'Experiments', 'Without a score', 'Near duplicates', 'Spending', 'Given up']); // prettier-ignore
    expect(text).toContain('Weakness: ');
    expect(text).toContain('Rationale: ');
  });
});
