import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { describeInBrowser, startChromium } from '../support/chromium.ts';
import { type Mesh, startMesh } from '../support/start-mesh.ts';

const widths = [360, 1280] as const;
const TIMEOUT_MS = 60_000;
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
  async function openPage(width: number): Promise<{ page: Page; faults: string[] }> {
    const page = await browser.newPage({ viewport: { width, height: 900 } });
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
        if (path !== '/' && !path.startsWith('/docs')) {
          // No page of ours: a browser would look for an icon there.
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
      expect(faults).toEqual([]);
      await page.close();
    },
    TIMEOUT_MS,
  );

  test(
    'the reference shows operations',
    async () => {
      const { page, faults } = await openPage(widths[1]);
      await page.goto(`${mesh.url}/docs/reference`);
      await page.getByText('/v1/chat/completions').first().waitFor();
      expect(faults).toEqual([]);
      await page.close();
    },
    TIMEOUT_MS,
  );

  test.each(widths)(
    'the first page at %i px, light and dark',
    async (width) => {
      for (const colorScheme of ['light', 'dark'] as const) {
        const { page } = await openPage(width);
        await page.emulateMedia({ colorScheme });
        for (const path of ['/docs', '/docs/money', '/docs/reference']) {
          await page.goto(mesh.url + path, { waitUntil: 'networkidle' });
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
