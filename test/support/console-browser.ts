import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export interface ConsolePage {
  page: Page;
  /** What went wrong on it: errors of scripts and of the policy, and every call to another host. */
  faults: string[];
  signIn(key: string): Promise<void>;
  go(path: string): Promise<void>;
}

/** Opens the console of the router at `url` as somebody who signs in with a key. */
export async function openConsole(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<ConsolePage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    // What the router refuses is looked at by the tests of it.
    if (message.type() === 'error' && !/status of \d/.test(message.text())) faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(url)) faults.push(`asks ${request.url()}`);
  });
  return {
    page,
    faults,
    async signIn(key) {
      await page.goto(`${url}/console/`);
      await page.getByLabel('Key', { exact: true }).fill(key);
      await page.getByLabel('Keep it').check();
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('button', { name: 'Sign out' }).waitFor();
    },
    async go(path) {
      await page.goto(`${url}/console/${path}`);
      await page.locator('main h1').waitFor();
      await page.getByText('Loading…').waitFor({ state: 'detached' });
      await page.waitForFunction('!document.querySelector("main")?.textContent.includes("Loading…")');
    },
  };
}

/** What keeps people out, as axe-core finds it: the rules that are broken, and where. */
export async function findBarriers(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = (await page.evaluate('axe.run()')) as {
    violations: { id: string; impact: string; nodes: { target: string[] }[] }[];
  };
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}

/** Whether something is wider than the screen. */
export function isTooWide(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
}

/** Keeps pictures of a page: narrow and wide, light and dark. Tells which of them are wider than their screen. */
export async function takePictures(page: Page, name: string, folder: string): Promise<string[]> {
  const wide: string[] = [];
  for (const width of [360, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`) });
    }
    if (await isTooWide(page)) wide.push(`${name} at ${width}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  return wide;
}
