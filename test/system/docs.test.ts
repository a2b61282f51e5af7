import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { describeInBrowser, startChromium } from '../support/chromium.ts';
import { type Mesh, startMesh } from '../support/start-mesh.ts';

const widths = [360, 1280] as const;
const TIMEOUT_MS = 120_000;
/** Where screenshots are kept; nowhere without it. */
const folder = process.env.MESH_SCREENSHOTS;

describeInBrowser('the documents in a browser', (executablePath) => {
  let mesh: Mesh;
  let browser: Browser;
  beforeAll(async () => {
    mesh = await startMesh();
    browser = await startChromium(executablePath);
  }, TIMEOUT_MS);
  afterAll(async () => {
    await browser.close();
    await mesh.close();
  });

  /** A page that remembers what went wrong on it. */
  async function openPage(
    width: number,
    options: BrowserContextOptions = {},
  ): Promise<{ page: Page; faults: string[] }> {
    const page = await browser.newPage({ viewport: { width, height: 900 }, ...options });
    const faults: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(`${page.url()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.message}`));
    page.on('requestfailed', (request) => faults.push(`${page.url()}: ${request.url()} failed`));
    page.on('response', (response) => {
      if (response.status() >= 400) faults.push(`${page.url()}: ${response.url()} ${response.status()}`);
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(mesh.url) && !request.url().startsWith('data:'))
        faults.push(`asks ${request.url()}`);
    });
    return { page, faults };
  }

  const scrollsSideways = (page: Page) =>
    page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return scrollWidth > clientWidth;
    });

  test(
    'every link leads somewhere, and no page is wider than its screen',
    async () => {
      const { page, faults } = await openPage(widths[0]);
      const waiting = ['/', '/docs'];
      const seen = new Map<string, string[]>();
      const wide: string[] = [];
      const fragments: string[] = [];
      for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
        if (seen.has(path)) continue;
        if ((path !== '/' && !path.startsWith('/docs')) || path.endsWith('.md')) {
          // No HTML: a browser would look for an icon there.
          expect([path, (await mesh.call('GET', path)).status]).toEqual([path, 200]);
          seen.set(path, []);
          continue;
        }
        await page.goto(mesh.url + path);
        if (path === '/docs/reference') await page.waitForFunction('customElements.get("rapi-doc") !== undefined');
        const isPage = (await page.locator('main').count()) > 0;
        if (isPage) {
          for (const width of widths) {
            await page.setViewportSize({ width, height: 900 });
            if (await scrollsSideways(page)) wide.push(`${path} at ${width}`);
          }
        }
        seen.set(path, await page.locator('[id]').evaluateAll((found) => found.map(({ id }) => id)));
        const hrefs = await page
          .locator('a[href]')
          .evaluateAll((links) =>
            links
              .filter((link) => !(link.getAttribute('rel') ?? '').includes('external'))
              .map((link) => (link as unknown as { href: string }).href),
          );
        for (const href of hrefs) {
          const url = new URL(href);
          expect(url.origin).toBe(mesh.url);
          waiting.push(url.pathname);
          if (url.hash !== '') fragments.push(`${url.pathname}${decodeURIComponent(url.hash)}`);
        }
      }
      const found: { href: string }[] = (await mesh.call('GET', '/docs/search.json')).body;
      expect(found.filter(({ href }) => !seen.has(href.split('#')[0] ?? ''))).toEqual([]);
      fragments.push(...found.map(({ href }) => href).filter((href) => href.includes('#')));
      const dead = [...new Set(fragments)].filter((each) => {
        const [path = '', id = ''] = each.split('#');
        return !seen.get(path)?.includes(id);
      });
      expect({ faults, wide, dead }).toEqual({ faults: [], wide: [], dead: [] });
      expect([...seen.keys()].filter((path) => path.startsWith('/docs/')).length).toBeGreaterThan(14);
      await page.close();
    },
    TIMEOUT_MS,
  );

  test(
    'a title is found by typing, and gone to by keys alone',
    async () => {
      const { page, faults } = await openPage(widths[1]);
      await page.goto(`${mesh.url}/docs`);
      await page.keyboard.press('/');
      await page.keyboard.type('breakers');
      await page.locator('#found a').first().waitFor();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/docs\/routing#breakers$/);
      await page.keyboard.press('/');
      await page.keyboard.type('attempts');
      await page.locator('#found a').first().waitFor();
      // It goes when one goes on reading, and comes again where one comes back.
      await page.locator('h1').click();
      expect(await page.locator('#found').isVisible()).toBe(false);
      await page.keyboard.press('/');
      await page.keyboard.press('ArrowDown');
      await page.locator('#found a').first().waitFor();
      await page.keyboard.press('Escape');
      expect(await page.locator('#found').isVisible()).toBe(false);
      expect(faults).toEqual([]);
      await page.close();
    },
    TIMEOUT_MS,
  );

  test(
    'an error code is found in the table of errors, and Enter takes the first that is found',
    async () => {
      const { page, faults } = await openPage(widths[0]);
      await page.goto(`${mesh.url}/docs/errors`);
      await page.locator('#search').fill('spend_limit');
      await page.locator('#found a').first().waitFor();
      expect(await page.locator('#found mark').first().textContent()).toBe('spend_limit');
      expect(await scrollsSideways(page)).toBe(false);
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/docs\/errors#spend_limit_exceeded$/);
      // Nothing was loaded for a part of the same page, so the list has to go by itself.
      expect(await page.locator('#found').isVisible()).toBe(false);
      expect(await page.locator('tr:target code').first().textContent()).toBe('spend_limit_exceeded');
      await page.locator('#search').fill('no such thing');
      await page.getByText('Nothing is called that.').waitFor();
      expect(faults).toEqual([]);
      await page.close();
    },
    TIMEOUT_MS,
  );

  test(
    'the list of pages is open where there is room, and opens by a press where there is none',
    async () => {
      for (const javaScriptEnabled of [true, false]) {
        const { page, faults } = await openPage(widths[1], { javaScriptEnabled });
        await page.goto(`${mesh.url}/docs/money`);
        const link = page.locator('nav.pages').getByText('Routing');
        expect(await link.isVisible()).toBe(true);
        expect(await page.locator('#search').isVisible()).toBe(javaScriptEnabled);
        await page.setViewportSize({ width: widths[0], height: 900 });
        expect(await link.isVisible()).toBe(false);
        await page.locator('nav.pages summary').click();
        await link.click();
        await page.waitForURL(/\/docs\/routing$/);
        expect(faults).toEqual([]);
        await page.close();
      }
    },
    TIMEOUT_MS,
  );

  test(
    'the first press of Tab leads past everything to what is written',
    async () => {
      const { page } = await openPage(widths[0]);
      await page.goto(`${mesh.url}/docs/money`);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.waitForURL(/#content$/);
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('content');
      await page.close();
    },
    TIMEOUT_MS,
  );

  test(
    'a block of code is copied by its button',
    async () => {
      const { page, faults } = await openPage(widths[0], { permissions: ['clipboard-read', 'clipboard-write'] });
      await page.goto(`${mesh.url}/docs/quickstart`);
      const block = page.locator('.code').first();
      await block.hover();
      await block.getByRole('button', { name: 'Copy' }).click();
      await block.getByRole('button', { name: 'Copied' }).waitFor();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      expect(copied).toBe((await block.locator('pre').textContent())?.trimEnd());
      expect(faults).toEqual([]);
      await page.close();
    },
    TIMEOUT_MS,
  );

  test(
    'the reference shows operations, in the reader’s colours, on the smallest screen too',
    async () => {
      const { page, faults } = await openPage(widths[0], { colorScheme: 'dark' });
      await page.goto(`${mesh.url}/docs/reference`);
      const operation = page.getByText('/v1/chat/completions').first();
      await operation.click();
      // The answer's example, which has nulls in it.
      await page.getByText('system_fingerprint').first().waitFor();
      for (const width of widths) {
        await page.setViewportSize({ width, height: 900 });
        expect([width, await scrollsSideways(page)]).toEqual([width, false]);
      }
      const grounds = () =>
        page.evaluate(() =>
          ['body', 'rapi-doc'].map((name) => {
            const element = document.querySelector(name);
            return element === null ? null : getComputedStyle(element).backgroundColor;
          }),
        );
      const dark = await grounds();
      expect(dark[1]).toBe(dark[0]);
      await page.emulateMedia({ colorScheme: 'light' });
      await page.waitForFunction(
        () =>
          getComputedStyle(document.querySelector('rapi-doc') ?? document.body).backgroundColor ===
          'rgb(255, 255, 255)',
      );
      expect(faults).toEqual([]);
      await page.close();
    },
    TIMEOUT_MS,
  );

  test(
    'every operation of the reference can be opened',
    async () => {
      const { page, faults } = await openPage(widths[0]);
      await page.goto(`${mesh.url}/docs/reference`);
      await page.getByText('/v1/chat/completions').first().waitFor();
      const operations = page.locator('summary.endpoint-head');
      const count = await operations.count();
      expect(count).toBeGreaterThan(20);
      await operations.evaluateAll((all) => {
        for (const operation of all) (operation as unknown as { click(): void }).click();
      });
      await page.waitForFunction((wanted) => {
        const shown = document.querySelector('rapi-doc')?.shadowRoot?.querySelectorAll('api-response') ?? [];
        return (
          shown.length === wanted && [...shown].every((each) => each.shadowRoot?.querySelector('.resp-head, button'))
        );
      }, count);
      expect(await scrollsSideways(page)).toBe(false);
      expect(faults).toEqual([]);
      await page.close();
    },
    TIMEOUT_MS,
  );

  test.each(widths)(
    'pages at %i px, light and dark',
    async (width) => {
      for (const colorScheme of ['light', 'dark'] as const) {
        const { page } = await openPage(width, { colorScheme });
        for (const path of ['/docs', '/docs/money', '/docs/reference']) {
          await page.goto(mesh.url + path);
          if (path === '/docs/reference') await page.getByText('/v1/chat/completions').first().waitFor();
          const image = await page.screenshot(
            folder === undefined
              ? {}
              : { path: join(folder, `${path.replaceAll('/', '-').slice(1)}-${width}-${colorScheme}.png`) },
          );
          expect(image.length).toBeGreaterThan(5_000);
        }
        const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        expect(background === 'rgb(255, 255, 255)').toBe(colorScheme === 'light');
        await page.close();
      }
    },
    TIMEOUT_MS,
  );
});

if (folder !== undefined) mkdirSync(folder, { recursive: true });
