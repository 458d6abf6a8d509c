import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { readReport } from '../../../runtime/report/data.ts';
import { renderReport } from '../../../runtime/report/render.ts';
import { type FixtureOptions, fixtureSession } from '../../support/fixture-session.ts';
import { recordedStore } from '../../support/recorded-store.ts';

const executablePath = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => path && existsSync(path));
// Only where a browser is installed: what it adds to the page's own tests is the drawing.
const described = executablePath === undefined ? describe.skip : describe;

described('the report in a real browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
  });
  afterAll(async () => browser.close());

  it.each<[string, FixtureOptions, 'light' | 'dark']>([
    ['hostile texts', { hostile: true, experiments: true, rounds: 10, unscoredEvery: 7 }, 'dark'],
    ['196 ideas', { rounds: 14, variations: 15 }, 'light'],
  ])('fits 360 px, fetches nothing and runs nothing: %s', async (_, options, colorScheme) => {
    const history = fixtureSession(options);
    const text = await renderReport(await readReport(recordedStore(history), history.session.id), 'html');
    const page = await browser.newPage({ viewport: { width: 360, height: 800 }, colorScheme });
    const seen: string[] = [];
    page.on('console', (message) => seen.push(message.text()));
    page.on('dialog', (dialog) => seen.push(dialog.message()));
    page.on('request', (request) => seen.push(request.url()));
    await page.setContent(text);
    const { overflow, background } = await page.evaluate<{ overflow: number; background: string }>(
      `({ overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
          background: getComputedStyle(document.body).backgroundColor })`,
    );
    expect(overflow).toBe(0);
    expect(background).toBe(colorScheme === 'dark' ? 'rgb(19, 19, 18)' : 'rgb(247, 246, 243)');
    expect(seen).toEqual([]);
    await page.close();
  });
});
