import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { describeInBrowser, startChromium } from '../support/chromium.ts';
import { findBarriers, isTooWide, openConsole, takePictures } from '../support/console-browser.ts';
import { seedRequests } from '../support/seed-requests.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

const TIMEOUT_MS = 120_000;
const REFRESH_MS = 5_000;
const developerPages = ['me', 'usage', 'requests', 'models', 'playground', 'connect'] as const;

describeInBrowser('requests in the console', (executablePath) => {
  const folder = process.env.MESH_SCREENSHOTS ?? mkdtempSync(join(tmpdir(), 'mesh-console-'));
  let mesh: Mesh;
  let browser: Browser;
  let account: Account;
  let other: Account;
  let otherId = '';
  const now = Date.now();

  beforeAll(async () => {
    mesh = await startMesh();
    browser = await startChromium(executablePath);
    account = await mesh.makeOwner({ currency: 'INR', amount: '500', key: { label: 'laptop' } });
    const keyIds = [account.keyId];
    const seeding = { ownerId: account.ownerId, currency: 'INR', keyIds, count: 1_200, until: now, days: 20 } as const;
    await seedRequests(mesh.documents, seeding);
    other = await mesh.makeOwner({ key: { label: 'somebody else' } });
    const body = { model: 'mesh/echo', messages: [{ role: 'user', content: 'hi' }] };
    const headers = { 'x-session-id': 'theirs-alone' };
    const reply = await mesh.call('POST', '/v1/chat/completions', { key: other.key, body, headers });
    otherId = reply.headers.get('x-mesh-request-id') ?? '';
  }, TIMEOUT_MS);
  afterAll(async () => {
    await browser.close();
    await mesh.close();
  });

  /** All answers of the API that a page got, as text. */
  function listen(page: Page): () => Promise<string> {
    const replies: Promise<string>[] = [];
    page.on('response', (reply) => {
      if (reply.url().includes('/v1/')) replies.push(reply.text().catch(() => ''));
    });
    return async () => (await Promise.all(replies)).join('\n');
  }

  test(
    'a time is dragged over in the histogram, and the list is of that time; back leads out of it',
    async () => {
      const { page, faults, signIn, go } = await openConsole(browser, mesh.url);
      await signIn(mesh.adminKey);
      await go(`requests?owner=${account.ownerId}`);
      const bars = page.locator('.histogram .u-over');
      await bars.waitFor();
      await page.getByText('1,200 requests by day').waitFor();
      expect(await findBarriers(page)).toEqual([]);
      expect(await takePictures(page, 'requests-histogram', folder)).toEqual([]);
      await page.setViewportSize({ width: 1280, height: 900 });
      // Until it stands still: it is drawn anew for the new width.
      await bars.hover();
      const box = await bars.boundingBox();
      if (box === null) throw new Error('The histogram is not shown.');
      const y = box.y + box.height / 2;
      await page.mouse.move(box.x + box.width * 0.5, y);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.54, y, { steps: 5 });
      const listed = page.waitForResponse((reply) => /usage\/events\?.*start=/.test(reply.url()));
      await page.mouse.up();
      await page.waitForURL(/from=.*to=/);
      await listed;
      const { searchParams } = new URL(page.url());
      const [from, to] = [searchParams.get('from') ?? '', searchParams.get('to') ?? ''];
      expect(from).toMatch(/T00:00:00.000Z$/);
      await page.getByText('requests by hour').waitFor();
      const times = await page
        .locator('tbody time')
        .evaluateAll((found) => found.map((each) => each.getAttribute('datetime') ?? ''));
      expect(times.length).toBe(50);
      expect(times.filter((at) => at < from || at >= to)).toEqual([]);
      await page.goBack();
      await page.getByText('1,200 requests by day').waitFor();
      expect(faults).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'what is refined says among how many requests it was looked for, in the address as well',
    async () => {
      const { page, faults, signIn, go } = await openConsole(browser, mesh.url);
      await signIn(account.key);
      await go('requests');
      await page.getByText('Refine').click();
      await page.getByLabel('Status').fill('failed');
      await page.getByLabel('Status').blur();
      await page.getByRole('note').getByText('1,200 requests looked at: all there are.').waitFor();
      expect(await page.locator('tbody .good').count()).toBe(0);
      expect(await page.locator('tbody tr').count()).toBe(30);
      expect(new URL(page.url()).searchParams.get('outcome')).toBe('failed');
      await page.reload();
      await page.getByRole('note').getByText('1,200 requests looked at').waitFor();
      await page.getByLabel('Client').fill('codex');
      await page.getByLabel('Client').blur();
      await page.waitForURL(/client=codex/);
      await page.getByRole('note').waitFor();
      expect(await findBarriers(page)).toEqual([]);
      expect(await takePictures(page, 'requests-refined', folder)).toEqual([]);
      expect(faults).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'an operator finds requests by a key or an id alone, and what a session has used above its requests',
    async () => {
      const { page, faults, signIn, go } = await openConsole(browser, mesh.url);
      await signIn(mesh.adminKey);
      await go(`requests?key=${other.keyId}`);
      await page.locator('tbody tr').first().waitFor();
      expect(await page.locator('tbody tr').count()).toBe(1);
      await go(`requests?id=${otherId}`);
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').getByRole('link', { name: 'theirs-alone' }).click();
      const session = page.getByRole('region', { name: 'Session' });
      await session.getByText('From a cache').waitFor();
      expect(await session.textContent()).toContain('mesh/echo');

      await go(`requests?owner=${account.ownerId}&session=session-7`);
      await session.getByText('From a cache').waitFor();
      await page.locator('table').last().locator('tbody tr').nth(24).waitFor();
      const reply = await mesh.call('GET', `/v1/sessions/session-7?owner_id=${account.ownerId}`, {
        key: mesh.adminKey,
      });
      expect(await session.textContent()).toContain(`₹${reply.body.cost_inr}`);
      expect(await findBarriers(page)).toEqual([]);
      expect(await takePictures(page, 'requests-session', folder)).toEqual([]);
      expect(faults).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'the money of a request goes from what was expected to what was held and charged, to the last digit',
    async () => {
      const { page, signIn, go } = await openConsole(browser, mesh.url);
      await signIn(other.key);
      await go(`requests?open=${otherId}`);
      const dialog = page.getByRole('dialog');
      await dialog.getByText('Held', { exact: true }).waitFor();
      const query = { key: other.key, body: { request_id: otherId } };
      const event = (await mesh.call('POST', '/v1/usage/events', query)).body.data[0];
      expect(Number(event.held)).toBeGreaterThan(Number(event.cost.amount));
      const steps = await dialog.locator('.steps li').allTextContents();
      expect(steps).toEqual([
        `Expected $${event.decision.order[0][2]}`,
        `Held $${event.held}`,
        `Charged $${event.cost.amount}`,
      ]);
    },
    TIMEOUT_MS,
  );

  test(
    'requests and breakers are asked for again by their names, answered by 304, and not at all in a hidden tab',
    async () => {
      const { page, signIn } = await openConsole(browser, mesh.url);
      await signIn(account.key);
      await page.clock.install();
      for (const [link, path] of [
        ['Requests', '/v1/usage/events'],
        ['Models', '/v1/health/endpoints'],
      ] as const) {
        const isAsked = (url: string) => new URL(url).pathname === path;
        const first = page.waitForResponse((reply) => isAsked(reply.url()));
        await page.getByRole('link', { name: link }).click();
        const etag = (await first).headers().etag;
        expect(etag).toMatch(/^"[\w-]{22}"$/);
        await page.locator('tbody tr').first().waitFor();
        const again = page.waitForResponse((reply) => isAsked(reply.url()));
        await page.clock.runFor(REFRESH_MS);
        expect([(await again).status(), (await again).request().headers()['if-none-match']]).toEqual([304, etag]);
        expect(await page.locator('tbody tr').count()).toBeGreaterThan(0);

        let asked = 0;
        page.on('request', (request) => {
          if (isAsked(request.url())) asked++;
        });
        await hide(page, true);
        await page.clock.runFor(10 * REFRESH_MS);
        expect(asked).toBe(0);
        const seen = page.waitForResponse((reply) => isAsked(reply.url()));
        await hide(page, false);
        await seen;
        expect(asked).toBe(1);
      }
    },
    TIMEOUT_MS,
  );

  test(
    'with one owner’s key no page and no answer behind it has anything of another',
    async () => {
      const { page, signIn, go } = await openConsole(browser, mesh.url);
      const answers = listen(page);
      await signIn(account.key);
      const theirs = [other.ownerId, other.keyId, otherId, 'theirs-alone', 'somebody else'];
      const asked = [
        `requests?owner=${other.ownerId}`,
        `requests?key=${other.keyId}`,
        `requests?id=${otherId}`,
        `requests?open=${otherId}`,
        'requests?session=theirs-alone',
        `usage?key=${other.keyId}`,
        'usage?session=theirs-alone',
      ];
      for (const path of [...developerPages, ...asked]) {
        await go(path);
        await page.getByRole('heading', { level: 1 }).waitFor();
        // What was asked for stands in its filter and in the address, which are no text; that is all there is of it.
        const shown = (await page.locator('main').textContent()) ?? '';
        const title = path.startsWith('requests?open') ? [otherId] : [];
        expect([path, theirs.filter((each) => !title.includes(each) && shown.includes(each))]).toEqual([path, []]);
      }
      const told = await answers();
      expect(told).toContain(account.keyId);
      expect(theirs.filter((each) => told.includes(each))).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'a key over its limit and an owner without money open all pages',
    async () => {
      const poor = await mesh.makeOwner({ amount: '0.01', key: { spend_caps: { daily: '0' }, rpm_limit: 1 } });
      const body = { model: 'mesh/echo', messages: [{ role: 'user', content: 'hi' }] };
      for (let n = 0; n < 2; n++) await mesh.call('POST', '/v1/chat/completions', { key: poor.key, body });
      const refused = await mesh.call('POST', '/v1/chat/completions', { key: poor.key, body });
      expect([402, 429]).toContain(refused.status);
      const { page, faults, signIn, go } = await openConsole(browser, mesh.url);
      await signIn(poor.key);
      for (const path of developerPages) {
        await go(path);
        await page.getByRole('heading', { level: 1 }).waitFor();
        expect([path, await page.getByRole('alert').count()]).toEqual([path, 0]);
        expect(await page.getByRole('button', { name: 'Sign out' }).count()).toBe(1);
      }
      await go('me');
      await page.getByText('binds first').waitFor();
      expect(faults).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'a key that expires in mid-session leads back to the sign-in, with the reason',
    async () => {
      const { page, signIn } = await openConsole(browser, mesh.url);
      const expires_at = new Date(Date.now() + 3_600_000).toISOString();
      const brief = await mesh.makeOwner({ key: { expires_at } });
      await signIn(brief.key);
      const past = { key: mesh.adminKey, body: { expires_at: new Date(Date.now() - 1_000).toISOString() } };
      expect((await mesh.call('PATCH', `/v1/keys/${brief.keyId}`, past)).status).toBe(200);
      // The list asks for news by itself, and may hear of it first.
      await page
        .getByRole('link', { name: 'Usage' })
        .click({ timeout: 1_000 })
        .catch(() => {});
      await page.getByText(/expired/i).waitFor();
      expect(await page.getByLabel('Key', { exact: true }).count()).toBe(1);
      expect(await page.evaluate('JSON.stringify(sessionStorage)')).not.toContain(brief.key);
    },
    TIMEOUT_MS,
  );

  test(
    'at 2,560 px nothing is lost and nothing is wider than the screen',
    async () => {
      const { page, signIn, go } = await openConsole(browser, mesh.url, { viewport: { width: 2560, height: 1300 } });
      await signIn(account.key);
      for (const path of [...developerPages, 'usage?by=session']) {
        await go(path);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.screenshot({ path: join(folder, `developer-${path.replace('?', '-')}-2560.png`) });
        expect([path, await isTooWide(page)]).toEqual([path, false]);
      }
    },
    TIMEOUT_MS,
  );
});

/** As if another tab were before it, or none. */
function hide(page: Page, isHidden: boolean): Promise<void> {
  return page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event('visibilitychange'));
  }, isHidden);
}
