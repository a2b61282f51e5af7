import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { describeInBrowser, startChromium } from '../support/chromium.ts';
import { openConsole } from '../support/console-browser.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

const TIMEOUT_MS = 120_000;
const events = /\/v1\/usage\/events\?/;

describeInBrowser('a console whose router or network fails', (executablePath) => {
  let mesh: Mesh;
  let browser: Browser;
  let account: Account;

  beforeAll(async () => {
    mesh = await startMesh();
    browser = await startChromium(executablePath);
    account = await mesh.makeOwner();
  }, TIMEOUT_MS);
  afterAll(async () => {
    await browser.close();
    await mesh.close();
  });

  test(
    'an answer that takes longer than the time between two questions is shown when it comes',
    async () => {
      const { page, signIn } = await openConsole(browser, mesh.url);
      await signIn(account.key);
      let asked = 0;
      await page.route(events, async (route) => {
        asked++;
        await wait(6_000);
        await route.continue().catch(() => {});
      });
      await page.getByRole('link', { name: 'Requests' }).click();
      await page.getByText('No request is like that').waitFor();
      expect(asked).toBe(1);
      await page.context().close();
    },
    TIMEOUT_MS,
  );

  test(
    'an answer that is not as the page knows it, or that stops half way, is told in words',
    async () => {
      const { page, signIn } = await openConsole(browser, mesh.url);
      await signIn(account.key);
      for (const body of ['{}', '[]', 'null', '"text"', '{"data":"x"}', '{"data":[null]}', '{"data":[{}]}']) {
        await page.route(events, (route) => route.fulfill({ contentType: 'application/json', body }));
        await page.goto(`${mesh.url}/console/requests`);
        const problem = page.locator('.problem', { hasText: /Something went wrong|not one of a router/ });
        await problem.getByRole('button', { name: 'Try again' }).waitFor();
        await page.unroute(events);
      }
      for (const error of ['"x"', '{}', '{"message":{"a":1}}']) {
        const body = `{"error":${error}}`;
        await page.route(events, (route) => route.fulfill({ status: 500, contentType: 'application/json', body }));
        await page.goto(`${mesh.url}/console/requests`);
        await page.getByText('The router answered 500.').waitFor();
        await page.unroute(events);
      }
      await page.evaluate(stopHalfWay);
      await page.clock.install();
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByRole('button', { name: 'Try again' }).waitFor({ state: 'detached' });
      await page.clock.fastForward(20_001);
      await page.getByText('The router did not answer within 20 seconds.').waitFor();
      await page.context().close();
    },
    TIMEOUT_MS,
  );

  test(
    'a bar of half as many requests is half as high, and what is dragged beyond the last ends with it',
    async () => {
      const { page, signIn } = await openConsole(browser, mesh.url);
      await signIn(account.key);
      const days = ['2026-11-01', '2026-11-02', '2026-11-03'];
      const data = days.map((day, at) => ({ day, requests: at === 1 ? 50 : 100, errors: 0 }));
      const usage = {
        start: '2026-11-01T00:00:00.000Z',
        end: '2026-11-04T00:00:00.000Z',
        data,
        total: { requests: 250, errors: 0 },
      };
      await page.route(/\/v1\/usage$/, (route) => route.fulfill({ json: usage }));
      await page.getByRole('link', { name: 'Requests' }).click();
      const plot = page.locator('.histogram .u-over');
      const { x, y, width, height } = (await plot.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
      const heights = await page.evaluate<number[]>(heightsOfBars);
      expect((heights[0] ?? 0) / (heights.at(-1) ?? 0)).toBeCloseTo(0.5, 1);
      await page.mouse.move(x + width / 2, y + height / 2);
      await page.mouse.down();
      await page.mouse.move(x + width + 40, y + height / 2, { steps: 5 });
      await page.mouse.up();
      await page.waitForURL(/to=/);
      const { searchParams } = new URL(page.url());
      expect([searchParams.get('from'), searchParams.get('to')]).toEqual([
        '2026-11-02T00:00:00.000Z',
        '2026-11-04T00:00:00.000Z',
      ]);
      await page.context().close();
    },
    TIMEOUT_MS,
  );

  test(
    'a text with other letters is no key, and a late refusal of a key says nothing of the next',
    async () => {
      const { page, signIn } = await openConsole(browser, mesh.url);
      await page.goto(`${mesh.url}/console/`);
      await page.getByLabel('Key', { exact: true }).fill('mak_ключ…');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByText('A key is mak_ or rsk_ and then Latin letters and digits.').waitFor();
      const old = await mesh.makeOwner();
      await signIn(old.key);
      let answer = () => {};
      await page.route(events, (route) => {
        answer = () => void route.fulfill({ status: 401, body: '{"error":{"message":"No such key","code":"x"}}' });
      });
      const asked = page.waitForRequest(events);
      // Not by a page, whose questions end with it: a file goes on.
      await page.getByRole('link', { name: 'Requests' }).click();
      await asked;
      await page.unroute(events);
      await page.route(/\/v1\/usage\/events$/, (route) => {
        answer = () => void route.fulfill({ status: 401, body: '{"error":{"message":"No such key","code":"x"}}' });
      });
      const file = page.waitForRequest(/\/v1\/usage\/events$/);
      await page.getByRole('button', { name: 'CSV' }).click();
      await file;
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByLabel('Key', { exact: true }).fill(account.key);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('button', { name: 'Sign out' }).waitFor();
      const came = page.waitForResponse(/\/v1\/usage\/events$/);
      answer();
      await came;
      await page.getByRole('link', { name: 'Usage' }).click();
      await page.getByRole('heading', { level: 1, name: 'Usage' }).waitFor();
      await page.context().close();
    },
    TIMEOUT_MS,
  );
});

/** Runs in the page: how high the bars of the histogram are, in dots, each height once. */
const heightsOfBars = `
  (() => {
    const canvas = document.querySelector('.histogram canvas');
    const probe = document.createElement('i');
    probe.style.color = getComputedStyle(canvas).getPropertyValue('--link');
    document.body.append(probe);
    const colour = getComputedStyle(probe).color.match(/\\d+/g).slice(0, 3).map(Number);
    const { data, width, height } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const heights = new Set();
    for (let x = 0; x < width; x++) {
      let count = 0;
      for (let y = 0; y < height; y++) if (colour.every((part, at) => data[4 * (y * width + x) + at] === part)) count++;
      if (count > 10) heights.add(count);
    }
    return [...heights].sort((a, b) => a - b);
  })()
`;

/** Runs in the page: the head of an answer comes, and then half of its body, and nothing more. */
const stopHalfWay = `
  window.fetch = async (_path, { signal }) => {
    const body = new ReadableStream({
      start: (to) => {
        to.enqueue(new TextEncoder().encode('{"data":['));
        signal.addEventListener('abort', () => to.error(signal.reason));
      },
    });
    return new Response(body, { headers: { 'content-type': 'application/json' } });
  };
`;
