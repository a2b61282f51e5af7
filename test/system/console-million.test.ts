import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { describeInBrowser, startChromium } from '../support/chromium.ts';
import { openConsole } from '../support/console-browser.ts';
import { seedRequests } from '../support/seed-requests.ts';
import { type Mesh, startMesh } from '../support/start-mesh.ts';

/** A file that `test/load/seed-requests.ts` has filled; without it so many requests are made here. */
const STORE = process.env.SEEDED_STORE;
const MANY = 20_000;
/** What is as quick on any machine. */
const FEW = 60;
const TIMEOUT_MS = STORE === undefined ? 300_000 : 1_800_000;
/** The goal: from the start of a page to its first figures, on loopback. */
const MAX_FIRST_VIEW_MS = 300;
/** Where the machine is too busy for that with few requests, as much longer as it may take with many. */
const MAX_RATIO = 2;
/** The machine has other things to do as well: the quickest of so many counts. */
const TRIES = 7;

interface Seeded {
  ownerId: string;
  keyId: string;
  key: string;
  count: number;
}

describeInBrowser('the console with many requests in the store', (executablePath) => {
  let folder: string;
  let mesh: Mesh;
  let browser: Browser;
  let many: Seeded;
  let few: Seeded;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mesh-many-'));
    mesh = await startMesh({ documents: await openSqliteDocuments(STORE ?? join(folder, 'mesh.db')) });
    browser = await startChromium(executablePath);
    many = STORE === undefined ? await seed(MANY) : JSON.parse(readFileSync(`${STORE}.json`, 'utf8'));
    few = await seed(FEW);
  }, TIMEOUT_MS);
  afterAll(async () => {
    await browser.close();
    await mesh.close();
    rmSync(folder, { recursive: true, force: true });
  }, TIMEOUT_MS);

  async function seed(count: number): Promise<Seeded> {
    const { ownerId, keyId, key } = await mesh.makeOwner();
    const made = Array.from({ length: 9 }, () =>
      mesh.call('POST', '/v1/keys', { key: mesh.adminKey, body: { owner_id: ownerId } }),
    );
    const keyIds = [keyId, ...(await Promise.all(made)).map(({ body }) => String(body.id))];
    await seedRequests(mesh.documents, { ownerId, currency: 'USD', keyIds, count, until: Date.now(), days: 30 });
    return { ownerId, keyId, key, count };
  }

  /** From the start of the page to the first data, the quickest of some. */
  async function firstView(page: Page, url: string): Promise<number> {
    const times: number[] = [];
    for (let n = 0; n < TRIES; n++) {
      await page.goto('about:blank');
      await page.goto(url);
      await page.waitForFunction(() => 'firstViewMs' in window);
      times.push(Math.round(await page.evaluate<number>('window.firstViewMs')));
    }
    return Math.min(...times);
  }

  test.each([
    ['an owner’s requests', 'developer', 'requests', 'main tbody tr'],
    ['their histogram', 'developer', 'requests', '.histogram canvas'],
    ['those of a key', 'developer', 'requests?key=KEY', 'main tbody tr'],
    ['what a session has used', 'developer', 'requests?session=session-1', '.session tbody tr'],
    ['usage by day', 'developer', 'usage', 'main tbody tr'],
    ['an owner’s requests', 'operator', 'requests?owner=OWNER', 'main tbody tr'],
  ])(
    'shows %s to a %s as soon as with a few requests',
    async (name, kind, path, selector) => {
      const view = async ({ ownerId, keyId, key }: Seeded) => {
        const { page, signIn } = await openConsole(browser, mesh.url);
        await page.addInitScript(`(${noteFirst})(${JSON.stringify(selector)})`);
        await signIn(kind === 'operator' ? mesh.adminKey : key);
        const ms = await firstView(page, `${mesh.url}/console/${path.replace('KEY', keyId).replace('OWNER', ownerId)}`);
        await page.context().close();
        return ms;
      };
      const [base, ms] = [await view(few), await view(many)];
      console.log(`${name}, ${kind}: first view after ${ms} ms with ${many.count} requests, ${base} ms with ${FEW}`);
      expect(ms).toBeLessThanOrEqual(Math.max(MAX_FIRST_VIEW_MS, MAX_RATIO * base));
    },
    TIMEOUT_MS,
  );
});

/** Runs in the page, before anything else: notes when the first data is there, in milliseconds from the start of the page. */
const noteFirst = `(selector) => {
  const look = () => {
    if (document.querySelector(selector)) requestAnimationFrame(() => { window.firstViewMs ??= performance.now(); });
    else requestAnimationFrame(look);
  };
  look();
}`;
