import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { describeInBrowser, startChromium } from '../support/chromium.ts';
import { findBarriers, openConsole, takePictures } from '../support/console-browser.ts';
import { goodStream } from '../support/good-answers.ts';
import { json, type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

const TIMEOUT_MS = 120_000;
/** What a prompt says, which no page may show or keep. */
const SAID = 'a canary in a prompt';
const answer = {
  id: 'x',
  object: 'chat.completion',
  created: 1,
  model: 'any',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Yes.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 17, completion_tokens: 5, total_tokens: 22 },
};
/** Names as somebody else may choose them. */
const hostile = [
  '<img src=x onerror="document.title=\'taken\'">',
  'x'.repeat(256),
  '\u202eשלום مرحبا‏ right to left',
  '🧑‍🚀🔥 rocket & "quotes"',
];

describeInBrowser('the console in a browser', (executablePath) => {
  const folder = process.env.MESH_SCREENSHOTS ?? mkdtempSync(join(tmpdir(), 'mesh-console-'));
  let mesh: Mesh;
  let browser: Browser;
  let upstream: ScriptedUpstream;
  let account: Account;
  let requestId = '';
  const admin = (method: string, path: string, body?: unknown) =>
    mesh.call(method, path, { key: mesh.adminKey, ...(body === undefined ? {} : { body }) });

  beforeAll(async () => {
    upstream = await startScriptedUpstream(({ path, body }) => {
      if (path.startsWith('/down')) return json({ error: { message: 'down' } }, 503);
      return body.includes('"stream":true') ? goodStream('chat') : json(answer);
    });
    const provider = (name: string) => ({
      format: 'chat',
      base_url: `${upstream.url}/${name}/v1`,
      auth: { type: 'none' },
    });
    const endpoint = (name: string) => ({ provider: name, model: 'any', price: { input: '1', output: '2' } });
    mesh = await startMesh({
      catalogue: {
        providers: { down: provider('down'), up: provider('up') },
        models: {
          'acme/any': { context_length: 10_000, max_output_tokens: 100, endpoints: [endpoint('down'), endpoint('up')] },
        },
      },
    });
    browser = await startChromium(executablePath);
    for (const name of hostile) await admin('POST', '/v1/owners', { name, currency: 'INR' });
    account = await mesh.makeOwner({ currency: 'INR', key: { label: hostile[0], spend_caps: { daily: '5' } } });
    for (const label of hostile.slice(1)) await admin('POST', '/v1/keys', { owner_id: account.ownerId, label });
    const body = { model: 'acme/any', messages: [{ role: 'user', content: SAID }] };
    const reply = await mesh.call('POST', '/v1/chat/completions', { key: account.key, body });
    expect(reply.status).toBe(200);
    requestId = reply.headers.get('x-mesh-request-id') ?? '';
  }, TIMEOUT_MS);
  afterAll(async () => {
    await browser.close();
    await mesh.close();
    await upstream.close();
    console.log(`Pictures of the console: ${folder}`);
  });

  test(
    'an operator makes an owner, tops it up, makes a key, suspends it',
    async () => {
      const { page, faults, signIn } = await openConsole(browser, mesh.url);
      await signIn(mesh.adminKey);
      await page.getByRole('link', { name: 'Owners' }).click();
      await page.getByRole('link', { name: 'New owner' }).click();
      await page.getByLabel('Name').fill('Asha');
      await page.getByRole('button', { name: 'Make owner' }).click();
      await page.getByRole('heading', { name: 'Asha' }).waitFor();
      await page.getByLabel('Amount').fill('500.000000001');
      await page.locator('.preview', { hasText: '→ ₹500.00' }).waitFor();
      await page.getByRole('button', { name: 'Top up' }).click();
      await page.getByText('Top up: done.').waitFor();
      await page.getByRole('cell', { name: '+₹500.000000001' }).waitFor();
      const ownerId = new URL(page.url()).searchParams.get('open') ?? '';
      expect((await admin('GET', `/v1/owners/${ownerId}`)).body).toMatchObject({ balance: '500.000000001' });

      await page.getByRole('link', { name: 'Its keys' }).click();
      await page.getByRole('link', { name: 'New key' }).click();
      await page.getByLabel('Label').fill('laptop');
      await page.getByRole('button', { name: 'Make key' }).click();
      await page.getByText('It is shown now and never again.').waitFor();
      const secret = (await page.getByRole('region', { name: 'The key' }).locator('pre').textContent()) ?? '';
      expect((await mesh.call('GET', '/v1/balance', { key: secret })).status).toBe(200);
      await page.getByLabel('Client').selectOption('codex');
      await page.getByText('wire_api = "responses"').waitFor();
      expect(await findBarriers(page)).toEqual([]);
      expect(await takePictures(page, 'new-key', folder)).toEqual([]);

      await page.getByRole('button', { name: 'Suspend' }).click();
      await page.getByRole('button', { name: 'Activate' }).waitFor();
      expect((await mesh.call('GET', '/v1/balance', { key: secret })).status).toBeGreaterThanOrEqual(401);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.reload();
      expect(await page.content()).not.toContain(secret);
      expect(faults).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'a request is seen with its attempts after a failover, charged to the last digit, and given back',
    async () => {
      const { page, faults, signIn, go } = await openConsole(browser, mesh.url);
      await signIn(mesh.adminKey);
      const query = { owner_id: account.ownerId, request_id: requestId };
      const event = (await admin('POST', '/v1/usage/events', query)).body.data[0];
      await go(`requests?owner=${account.ownerId}`);
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog');
      await dialog.getByText('Charged', { exact: true }).waitFor();
      // The attempts come with an answer of their own.
      await dialog.getByText('2. up/any').waitFor();
      const text = (await dialog.textContent()) ?? '';
      expect(text).toMatch(/1\. down\/any: upstream_error 503\d/);
      expect(text).toMatch(/2\. up\/any\d/);
      expect(text).toContain(`₹${event.cost.amount}`);
      expect(text).toContain(`$${event.cost.usd}`);
      expect(text).not.toContain(SAID);
      expect(await findBarriers(page)).toEqual([]);
      expect(await takePictures(page, 'request', folder)).toEqual([]);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });

      await go(`owners?open=${account.ownerId}`);
      await page.getByText(`−₹${event.cost.amount}`).first().waitFor();
      await page.getByLabel('What').selectOption('Refund');
      await page.getByLabel('Request').fill(requestId);
      await page.getByLabel('Reason').fill('it was wrong');
      await page.locator('.preview', { hasText: '→ ₹10.00' }).waitFor();
      expect(await findBarriers(page)).toEqual([]);
      expect(await takePictures(page, 'owner', folder)).toEqual([]);
      await page.getByRole('button', { name: 'Refund' }).click();
      await page.getByText('Refund: done.').waitFor();
      const lines = page.getByRole('table', { name: 'Ledger' }).getByRole('row');
      await lines.nth(3).waitFor();
      const after = await lines.locator('td:nth-child(4)').allTextContents();
      expect(after).toEqual(['₹10.00', `₹${(10 - Number(event.cost.amount)).toFixed(6)}`, '₹10.00']);
      expect((await admin('GET', `/v1/owners/${account.ownerId}`)).body.balance).toBe('10');
      expect(faults).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test.each([
    ['operator', ['overview', 'owners', 'keys', 'requests', 'models', 'alerts', 'audit', 'exchange-rate']],
    ['developer', ['me', 'usage', 'requests', 'models', 'playground', 'connect']],
  ] as const)(
    'every page of the %s is open to all, fits each screen, and takes names for names',
    async (kind, pages) => {
      const { page, faults, signIn, go } = await openConsole(browser, mesh.url);
      await page.goto(`${mesh.url}/console/`);
      expect(await findBarriers(page)).toEqual([]);
      expect(await takePictures(page, 'sign-in', folder)).toEqual([]);
      await signIn(kind === 'operator' ? mesh.adminKey : account.key);
      const problems: string[] = [];
      for (const path of pages) {
        const isOfOwner = path === 'requests' || path === 'keys';
        await go(isOfOwner && kind === 'operator' ? `${path}?owner=${account.ownerId}` : path);
        await page.getByRole('heading', { level: 1 }).waitFor();
        problems.push(...(await findBarriers(page)).map((barrier) => `${path}: ${barrier}`));
        problems.push(...(await takePictures(page, `${kind}-${path}`, folder)));
        if ((await page.getByRole('alert').count()) > 0)
          problems.push(`${path}: ${await page.getByRole('alert').textContent()}`);
      }
      expect(problems).toEqual([]);
      expect(await page.locator('main img').count()).toBe(0);
      expect(await page.evaluate('JSON.stringify([localStorage, sessionStorage])')).not.toContain(SAID);
      expect(faults).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'a developer asks one model and then two side by side, and sees what each cost; nothing of it is kept',
    async () => {
      const { page, faults, signIn, go } = await openConsole(browser, mesh.url);
      await signIn(account.key);
      await go('playground?models=acme/any');
      await page.getByLabel('Message').fill(SAID);
      await page.getByRole('button', { name: 'Send' }).click();
      const card = page.locator('article').first();
      await card.getByText(/^\$0\.0/).waitFor();
      const id = (await card.getByRole('link', { name: /^req_/ }).textContent()) ?? '';
      const event = (await mesh.call('POST', '/v1/usage/events', { key: account.key, body: { request_id: id } })).body
        .data[0];
      expect(await card.textContent()).toContain(`$${event.cost.usd}`);
      expect(await card.textContent()).toContain(`${event.prompt_tokens} in, ${event.completion_tokens} out`);

      await page.getByLabel('Beside it').fill('mesh/echo');
      await page.getByLabel('Beside it').first().blur();
      await page.getByLabel('Message').fill(SAID);
      await page.getByRole('button', { name: 'Send' }).click();
      await page
        .locator('article')
        .nth(1)
        .getByText(/^\$0\.0/)
        .waitFor();
      expect(await page.locator('article').nth(1).locator('.said').textContent()).toContain(SAID);
      await page.getByText('The same request as code').click();
      await page.getByRole('region', { name: 'The request in curl' }).getByText('/v1/chat/compare').waitFor();
      expect(await findBarriers(page)).toEqual([]);
      expect(await takePictures(page, 'playground-used', folder)).toEqual([]);
      expect(page.url()).not.toContain('canary');
      expect(await page.evaluate('JSON.stringify([localStorage, sessionStorage, document.cookie])')).not.toContain(
        SAID,
      );
      expect(faults).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'a key that ends in mid-session leads back to the sign-in, with the reason',
    async () => {
      const { page, signIn, go } = await openConsole(browser, mesh.url);
      const other = await mesh.makeOwner();
      await signIn(other.key);
      await admin('DELETE', `/v1/keys/${other.keyId}`);
      await go('usage');
      await page.getByText(/not valid|not active|suspended/i).waitFor();
      await page.getByText('req_').waitFor();
      expect(await page.getByLabel('Key', { exact: true }).count()).toBe(1);
      expect(await page.evaluate('JSON.stringify(sessionStorage)')).not.toContain(other.key);
    },
    TIMEOUT_MS,
  );

  test(
    'a server that answers 500, cuts off or says nothing is told in words, and can be asked again',
    async () => {
      const { page, signIn } = await openConsole(browser, mesh.url);
      await signIn(mesh.adminKey);
      const owners = /\/v1\/owners\?/;
      await page.route(owners, (route) => route.fulfill({ status: 500, body: '<h1>oops</h1>' }));
      await page.getByRole('link', { name: 'Owners' }).click();
      await page.getByText('The router answered 500.').waitFor();
      await page.unroute(owners);
      await page.route(owners, (route) => route.abort());
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByText('The router cannot be reached.').waitFor();
      await page.unroute(owners);
      await page.clock.install();
      await page.route(owners, () => {});
      const asked = page.waitForRequest(owners);
      await page.getByRole('button', { name: 'Try again' }).click();
      await asked;
      await page.clock.fastForward(20_001);
      await page.getByText('The router did not answer within 20 seconds.').waitFor();
      await page.unroute(owners);
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByRole('cell', { name: hostile[3] ?? '' }).waitFor();
    },
    TIMEOUT_MS,
  );

  test('files are sent once, and the page takes nothing from elsewhere', async () => {
    const page = await mesh.call('GET', '/console/owners?open=x');
    expect([page.status, page.headers.get('x-content-type-options')]).toEqual([200, 'nosniff']);
    expect(page.headers.get('content-security-policy')).toBe(
      "default-src 'self'; img-src 'self' data: blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    );
    const [file = ''] = /\/console\/assets\/console-\w+\.js/.exec(page.text) ?? [];
    const script = await mesh.call('GET', file);
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    const etag = script.headers.get('etag') ?? '';
    expect((await mesh.call('GET', file, { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect((await mesh.call('GET', '/console/assets/..%2f..%2fpackage.json')).status).toBe(404);
    expect((await mesh.call('GET', '/', { headers: { accept: 'text/html' } })).text).toContain('href="/console/"');
  });
});
