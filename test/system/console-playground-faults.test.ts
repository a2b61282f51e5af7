import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { describeInBrowser, startChromium } from '../support/chromium.ts';
import { openConsole } from '../support/console-browser.ts';
import { type ScriptedUpstream, startScriptedUpstream, stream } from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

const TIMEOUT_MS = 120_000;
const chat = /\/v1\/chat\/completions/;
/** Between two words of a model that takes its time. */
const SLOW_MS = 250;

describeInBrowser('a playground whose model, network or reader ends early', (executablePath) => {
  let mesh: Mesh;
  let browser: Browser;
  let upstream: ScriptedUpstream;
  let account: Account;

  beforeAll(async () => {
    upstream = await startScriptedUpstream(({ path }) =>
      path.startsWith('/slow') ? stream(chunksOf(200), { everyMs: SLOW_MS }) : stream(chunksOf(3)),
    );
    const provider = (name: string) => ({
      format: 'chat',
      base_url: `${upstream.url}/${name}/v1`,
      auth: { type: 'none' },
    });
    const modelOf = (name: string) => ({
      context_length: 100_000,
      max_output_tokens: 1_000,
      capabilities: ['vision'],
      endpoints: [{ provider: name, model: 'any', price: { input: '1', output: '2' } }],
    });
    mesh = await startMesh({
      catalogue: {
        providers: { fast: provider('fast'), slow: provider('slow') },
        models: { 'acme/fast': modelOf('fast'), 'acme/slow': modelOf('slow') },
      },
    });
    browser = await startChromium(executablePath);
    account = await mesh.makeOwner();
  }, TIMEOUT_MS);
  afterAll(async () => {
    await browser.close();
    await mesh.close();
    await upstream.close();
  });

  const say = async (page: Page, text: string) => {
    await page.getByLabel('Message', { exact: true }).fill(text);
    await page.getByRole('button', { name: 'Send' }).click();
  };
  const use = async (page: Page, model: string) => {
    await page.getByLabel('Model', { exact: true }).fill(model);
    await page.getByLabel('Model', { exact: true }).blur();
  };

  test(
    'an answer of a model that breaks off is said to, and is no turn of the conversation',
    async () => {
      const { page, signIn, go } = await openConsole(browser, mesh.url);
      await signIn(account.key);
      await go('playground?models=acme/fast');
      for (const body of ['data: <html>\n\n', chunksOf(3).slice(0, 2).join('')]) {
        await page.unroute(chat);
        await page.route(chat, (route) => route.fulfill({ contentType: 'text/event-stream', body }));
        await say(page, 'broken');
        await page.getByText('The answer broke off.').waitFor();
        expect(await page.locator('.turns li').count()).toBe(0);
      }
      await page.locator('article').getByText('–', { exact: true }).first().waitFor();
      expect(await page.locator('article').getByText('…', { exact: true }).count()).toBe(0);
      await page.context().close();
    },
    TIMEOUT_MS,
  );

  test(
    'a model may think for longer than a list is waited for',
    async () => {
      const { page, signIn, go } = await openConsole(browser, mesh.url);
      await signIn(account.key);
      await go('playground?models=acme/fast');
      await page.clock.install();
      let answer = () => {};
      await page.route(chat, (route) => {
        answer = () => void route.continue();
      });
      const asked = page.waitForRequest(chat);
      await say(page, 'think');
      await asked;
      await page.clock.fastForward(60_000);
      answer();
      await page.locator('article').getByText('w0 w1 w2').waitFor();
      expect(await page.locator('.problem').count()).toBe(0);
      await page.context().close();
    },
    TIMEOUT_MS,
  );

  test(
    'what was said before stays when an answer is stopped, and leaving the page ends one that runs',
    async () => {
      const { page, signIn, go } = await openConsole(browser, mesh.url);
      await signIn(account.key);
      await go('playground?models=acme/fast');
      await say(page, 'first');
      await page.locator('article').getByText('w0 w1 w2').waitFor();
      await page.getByRole('button', { name: 'Send' }).waitFor();
      await use(page, 'acme/slow');
      await say(page, 'second');
      await page.locator('article').getByText('w0 w1').waitFor();
      await page.getByRole('button', { name: 'Stop' }).click();
      await page.getByRole('button', { name: 'Send' }).waitFor();
      expect(await page.locator('.turns li').allTextContents()).toEqual(['first', 'w0 w1 w2 ']);
      await page.getByRole('button', { name: 'Send' }).click();
      await page.locator('article').getByText('w0 w1').waitFor();
      const ended = page.waitForEvent('requestfailed', { predicate: (request) => chat.test(request.url()) });
      await page.getByRole('link', { name: 'Me', exact: true }).click();
      await ended;
      await page.context().close();
    },
    TIMEOUT_MS,
  );

  test(
    'a big picture is sent once, named no more after that, and is not written out as code',
    async () => {
      const { page, signIn, go } = await openConsole(browser, mesh.url);
      await signIn(account.key);
      await go('playground?models=acme/fast');
      const file = { name: 'big.png', mimeType: 'image/png', buffer: Buffer.alloc(1_000_000, 1) };
      await page.getByLabel('Image').setInputFiles(file);
      await page.waitForFunction('document.querySelector("input[type=file]").files.length === 1');
      await say(page, 'see');
      await page.locator('article').getByText('w0 w1 w2').waitFor();
      await page.getByRole('button', { name: 'Send' }).waitFor();
      expect(await page.getByLabel('Image').inputValue()).toBe('');
      expect(await page.evaluate<number>('document.body.innerHTML.length')).toBeLessThan(200_000);
      await page.getByText('The same request as code').click();
      await page.getByRole('region', { name: 'The request in curl' }).getByText('data:image/png;base64,…').waitFor();
      await page.context().close();
    },
    TIMEOUT_MS,
  );
});

function chunksOf(count: number): string[] {
  const chunk = (delta: object, finish_reason: string | null = null, more: object = {}) =>
    `data: ${JSON.stringify({
      id: 'x',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'any',
      choices: [{ index: 0, delta, finish_reason }],
      ...more,
    })}\n\n`;
  const words = Array.from({ length: count }, (_, at) => chunk({ content: `w${at} ` }));
  const usage = { prompt_tokens: 10, completion_tokens: count, total_tokens: 10 + count };
  return [...words, chunk({}, 'stop', { usage }), 'data: [DONE]\n\n'];
}
