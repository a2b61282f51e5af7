import { mkdtempSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { describeInBrowser, startChromium } from '../support/chromium.ts';
import { type ConsolePage, findBarriers, isTooWide, openConsole, takePictures } from '../support/console-browser.ts';
import { json, type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

const TIMEOUT_MS = 120_000;
const answer = {
  id: 'x',
  object: 'chat.completion',
  created: 1,
  model: 'any',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Yes.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 17, completion_tokens: 5, total_tokens: 22 },
};
/** Text that would run where it is not taken for text. */
const HOSTILE = '<img src=x onerror="document.title=\'taken\'">';
/** Lines of a ledger beyond its first page. */
const GIFTS = 45;

describeInBrowser('an operator in the console', (executablePath) => {
  const folder = process.env.MESH_SCREENSHOTS ?? mkdtempSync(join(tmpdir(), 'mesh-console-'));
  let mesh: Mesh;
  let browser: Browser;
  let upstream: ScriptedUpstream;
  let hook: Server;
  let hookUrl = '';
  let account: Account;
  let low: Account;
  const admin = (method: string, path: string, body?: unknown) =>
    mesh.call(method, path, { key: mesh.adminKey, ...(body === undefined ? {} : { body }) });
  const ask = (model: string, { key }: Account) =>
    mesh.call('POST', '/v1/chat/completions', { key, body: { model, messages: [{ role: 'user', content: 'Hi' }] } });
  const until = async (isSo: () => Promise<boolean>) => {
    for (const deadline = performance.now() + 20_000; performance.now() < deadline; ) if (await isSo()) return;
    throw new Error('it did not become so in time');
  };

  beforeAll(async () => {
    hook = createServer((request, response) => {
      request.resume();
      response.writeHead(204).end();
    });
    await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
    hookUrl = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/hook`;
    upstream = await startScriptedUpstream(({ path }) =>
      path.startsWith('/down') ? json({ error: { message: 'down' } }, 503) : json(answer),
    );
    const provider = (name: string) => ({
      format: 'chat',
      base_url: `${upstream.url}/${name}/v1`,
      auth: { type: 'none' },
    });
    const endpoint = (name: string) => ({ provider: name, model: 'any', price: { input: '1', output: '2' } });
    const sizes = { context_length: 10_000, max_output_tokens: 100 };
    mesh = await startMesh({
      catalogue: {
        providers: { one: provider('one'), two: provider('two'), down: provider('down') },
        models: {
          'acme/any': { ...sizes, endpoints: [endpoint('one'), endpoint('two')] },
          'acme/broken': { ...sizes, endpoints: [endpoint('down')] },
        },
      },
    });
    browser = await startChromium(executablePath);
    account = await mesh.makeOwner({ currency: 'INR', amount: '100', key: { label: 'laptop' } });
    await admin('PATCH', `/v1/owners/${account.ownerId}`, { name: `Asha ${HOSTILE}` });
    for (let at = 0; at < GIFTS; at++) {
      const gift = { amount: '0.000000001', currency: 'INR', reference: `gift-${at}`, reason: HOSTILE };
      await admin('POST', `/v1/owners/${account.ownerId}/adjustments`, gift);
    }
    low = await mesh.makeOwner({ amount: '10' });
    const less = { amount: '-9.5', currency: 'USD', reference: 'less', reason: 'to make it low' };
    await admin('POST', `/v1/owners/${low.ownerId}/adjustments`, less);
    for (const each of [account, low]) expect((await ask('acme/any', each)).status).toBe(200);
    await until(async () => {
      await ask('acme/broken', account);
      const { body } = await admin('GET', '/v1/breakers');
      return body.some(({ state }: { state: string }) => state === 'open');
    });
    await until(async () => (await admin('GET', '/v1/owners/low')).body.data.length === 1);
    await until(async () => (await admin('POST', '/v1/usage', {})).body.total.first_token_p50_ms !== null);
  }, TIMEOUT_MS);
  afterAll(async () => {
    await browser.close();
    await mesh.close();
    await upstream.close();
    hook.closeAllConnections();
    hook.close();
    console.log(`Pictures of the operator’s pages: ${folder}`);
  });

  /** A console of the operator, and what is wrong with it at the end. */
  const enter = async (): Promise<ConsolePage> => {
    const opened = await openConsole(browser, mesh.url, { acceptDownloads: true });
    await opened.signIn(mesh.adminKey);
    return opened;
  };
  /** Nothing keeps anybody out, nothing is wider than its screen, and it was kept in pictures. */
  const look = async (page: Page, name: string) => {
    expect(await findBarriers(page)).toEqual([]);
    expect(await takePictures(page, name, folder)).toEqual([]);
    await page.setViewportSize({ width: 2_560, height: 1_200 });
    expect(await isTooWide(page)).toBe(false);
    await page.setViewportSize({ width: 1_280, height: 900 });
  };
  const saved = async (page: Page, click: () => Promise<void>): Promise<string> => {
    const [file] = await Promise.all([page.waitForEvent('download'), click()]);
    const chunks: Buffer[] = [];
    for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  };

  test(
    'the overview tells what is spent, how fast it was, who runs out, and what is down',
    async () => {
      const { page, faults, go } = await enter();
      await go('overview');
      const today = page.locator('.card', { hasText: 'Today, UTC' });
      await today
        .getByText(/^about \d/)
        .first()
        .waitFor();
      const { body } = await admin('POST', '/v1/usage', { start: new Date().toISOString().slice(0, 10) });
      expect(await today.textContent()).toContain(`$${body.total.cost_usd}`);
      expect(await today.getByText(/^about /).count()).toBe(2);
      await page.getByText(/per dollar, of \d{4}-\d{2}-\d{2}, from /).waitFor();
      const owners = page.getByRole('table', { name: 'Owners whose money is low' });
      await owners.getByRole('link', { name: 'Test' }).waitFor();
      await page.getByRole('table', { name: 'Breakers that are not closed' }).getByText('down/any').waitFor();
      await look(page, 'overview-used');
      await owners.getByRole('link', { name: 'Test' }).click();
      await page.getByRole('dialog').getByText(low.ownerId).waitFor();
      expect(faults).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'an owner is found by name, its ledger read to the first line, saved, and its limits changed',
    async () => {
      const { page, faults, go } = await enter();
      await go('owners');
      await page.keyboard.press('/');
      await page.keyboard.type('ASHA <img');
      await page.keyboard.press('Enter');
      await page.getByRole('cell', { name: account.ownerId }).waitFor();
      expect(await page.getByRole('table', { name: 'Owners' }).getByRole('row').count()).toBe(2);
      expect(new URL(page.url()).searchParams.get('q')).toBe('ASHA <img');
      await page.locator('h1').click();
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog');
      const after = dialog.getByRole('table', { name: 'Ledger' }).locator('tbody td:nth-child(4)');
      await after.nth(24).waitFor();
      const { body: owner } = await admin('GET', `/v1/owners/${account.ownerId}`);
      expect(await after.first().textContent()).toBe(`₹${owner.balance}`);
      await dialog.getByRole('link', { name: 'Next page' }).click();
      await dialog.getByRole('row', { name: /topup/ }).waitFor();
      const lines = await after.allTextContents();
      expect(lines.at(-1)).toBe('₹100.00');
      expect(lines.at(-2)).toBe('₹100.000000001');
      await page.goBack();
      await after.nth(24).waitFor();
      const file = await saved(page, () => dialog.getByRole('button', { name: 'CSV', exact: true }).click());
      expect(file.trim().split('\r\n').length).toBe(GIFTS + 3);

      await dialog.getByLabel('What').selectOption('Adjust');
      await dialog.getByLabel('Amount').fill('-1000');
      await dialog.getByText('so this is refused').waitFor();
      await dialog.getByText('Limits and name').click();
      await dialog.getByLabel('A week, from Monday').fill('20.5');
      await dialog.getByLabel('Requests at once').fill('7');
      await look(page, 'owner-limits');
      await dialog.getByRole('button', { name: 'Save' }).click();
      await dialog.getByText(/^Saved\. By now: /).waitFor();
      expect((await admin('GET', `/v1/owners/${account.ownerId}`)).body).toMatchObject({
        concurrency_limit: 7,
        spend_caps: { daily: null, weekly: '20.5', monthly: null, total: null },
      });
      await dialog.getByLabel('A week, from Monday').fill('99999999');
      await dialog.getByRole('button', { name: 'Save' }).click();
      await dialog.getByLabel('I mean this cap').check();
      await dialog.getByRole('button', { name: 'Save' }).click();
      await dialog.getByText(/^Saved\. By now: /).waitFor();
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      await go('owners?q=nobody is called so');
      await page.getByText('No owner’s name begins so').waitFor();
      await go('owners?open=own_none');
      await page.getByText(/no such owner.*\(request req_/i).waitFor();
      expect(await page.locator('main img, dialog img').count()).toBe(0);
      expect(faults).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'a key is given caps, models and rights, shows which limit binds, and is rotated and suspended',
    async () => {
      const { page, faults, go } = await enter();
      const { body: made } = await admin('POST', '/v1/keys', { owner_id: low.ownerId, label: HOSTILE });
      await go(`keys?owner=${low.ownerId}&open=${made.id}`);
      const dialog = page.getByRole('dialog');
      await dialog.getByText('Change it').click();
      await dialog.getByLabel('Models').fill('acme/any, mesh/echo');
      await dialog.getByLabel('May manage its owner’s keys').check();
      await dialog.getByRole('group', { name: 'Rates' }).getByLabel('Requests a minute').fill('3');
      await dialog
        .getByRole('group', { name: /^May be spent, USD/ })
        .getByLabel('A week')
        .fill('0.5');
      await dialog
        .getByRole('group', { name: /end user/ })
        .getByLabel('A day')
        .fill('0.25');
      await dialog.getByRole('button', { name: 'Save' }).click();
      await dialog.getByText(/^Saved\. By now: /).waitFor();
      expect((await admin('GET', `/v1/keys/${made.id}`)).body).toMatchObject({
        allowed_models: ['acme/any', 'mesh/echo'],
        manage: true,
        rpm_limit: 3,
        label: HOSTILE,
        spend_caps: { weekly: '0.5', daily: null },
        end_user_caps: { daily: '0.25', weekly: null },
      });
      const key: Account = { ...low, key: made.key };
      expect((await ask('mesh/echo', key)).status).toBe(200);
      expect((await ask('mesh/echo', key)).status).toBe(200);
      await page.reload();
      const bars = dialog.locator('.bars li');
      await bars.first().waitFor();
      expect(await bars.first().textContent()).toMatch(/^Requests a minute, key · binds first\d of 3, resets in \d/);
      expect(await bars.filter({ hasText: 'Spend, weekly, key' }).textContent()).toMatch(/of \$0\.50, resets /);
      await look(page, 'key-limits');

      await dialog.getByLabel('The old text works').selectOption('no more');
      await dialog.getByRole('button', { name: 'Rotate' }).click();
      await dialog.getByText('It is shown now and never again.').waitFor();
      const secret = (await dialog.getByRole('region', { name: 'The key' }).locator('pre').textContent()) ?? '';
      expect((await mesh.call('GET', '/v1/key', { key: secret })).status).toBe(200);
      await until(async () => (await mesh.call('GET', '/v1/key', { key: made.key })).status === 403);
      await dialog.getByRole('button', { name: 'Suspend' }).click();
      await dialog.getByText('The router says that it is suspended.').waitFor();
      await page.keyboard.press('Escape');
      expect(await page.content()).not.toContain(secret);
      expect(faults).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'a price is changed and an endpoint switched off after a preview, over nobody else’s change, and taken back',
    async () => {
      const { page, faults, go } = await enter();
      const prompt = async (provider: string) =>
        (await admin('GET', '/v1/health/endpoints')).body.endpoints.find(
          (each: { provider: string; model: string }) => each.provider === provider && each.model === 'acme/any',
        )?.pricing.prompt;
      await go('models');
      await page.getByRole('searchbox').fill('ACME/any tw');
      const table = page.getByRole('table', { name: 'Endpoints' });
      await until(async () => (await table.getByRole('row').count()) === 2);
      await page.getByRole('searchbox').fill('ACME/any');
      await until(async () => (await table.getByRole('row').count()) === 3);
      expect(await table.textContent()).toContain('$1.00 · $2.00');
      await page.locator('h1').click();
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog');
      const first = dialog.getByRole('group', { name: 'one/any' });
      await first.getByLabel('Input').fill('1.25');
      expect(await dialog.getByRole('button', { name: 'Do it' }).count()).toBe(0);
      await dialog.getByRole('button', { name: 'Preview' }).click();
      await dialog.getByRole('row', { name: /one\/any: input 1 1\.25/ }).waitFor();
      await dialog.getByText(/^Of the \d+ requests since .* would have cost/).waitFor();
      expect(await prompt('one')).toBe('0.000001');
      await look(page, 'model-preview');

      // Somebody else changes it meanwhile: what was looked at is not what there is.
      await admin('PUT', '/v1/catalogue/models/acme/other', null);
      await dialog.getByRole('button', { name: 'Do it' }).click();
      await dialog.getByText(/catalogue is at version 1/).waitFor();
      expect(await prompt('one')).toBe('0.000001');
      await dialog.getByRole('button', { name: 'Try again' }).click();
      await dialog.getByText('Said of it by').waitFor();
      await first.getByLabel('Input').fill('1.25');
      await dialog.getByRole('button', { name: 'Preview' }).click();
      await dialog.getByRole('button', { name: 'Do it' }).click();
      await dialog.getByText('Version 2 of the catalogue is served.').waitFor();
      expect(await prompt('one')).toBe('0.00000125');

      const second = dialog.getByRole('group', { name: 'two/any' });
      await second.getByLabel('Served').uncheck();
      await dialog.getByRole('button', { name: 'Preview' }).click();
      await dialog.getByRole('row', { name: /two\/any served not served/ }).waitFor();
      // Another draft than the one that was looked at cannot be done.
      await first.getByLabel('Output').fill('99999');
      expect(await dialog.getByRole('button', { name: 'Do it' }).count()).toBe(0);
      await dialog.getByRole('button', { name: 'Preview' }).click();
      await dialog.getByText(/more than 1000 times above/).waitFor();
      await first.getByLabel('Output').fill('2');
      await dialog.getByRole('button', { name: 'Preview' }).click();
      await dialog.getByRole('button', { name: 'Do it' }).click();
      await dialog.getByText('Version 3 of the catalogue is served.').waitFor();
      expect([await prompt('one'), await prompt('two')]).toEqual(['0.00000125', undefined]);
      expect(await second.getByLabel('Served').isChecked()).toBe(false);

      await dialog.getByRole('button', { name: 'Take back what was changed here' }).click();
      await dialog.getByText('Version 4 of the catalogue is served.').waitFor();
      expect([await prompt('one'), await prompt('two')]).toEqual(['0.000001', '0.000001']);
      await page.keyboard.press('Escape');

      await go('models?q=broken');
      await page.getByRole('button', { name: 'Reset' }).click();
      await page.getByRole('cell', { name: 'closed' }).waitFor();
      expect(faults).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'a channel of an owner is made, tried, told again, rotated, switched off and deleted',
    async () => {
      const { page, faults, go } = await enter();
      await go('alerts');
      await page.getByRole('cell', { name: 'low balance' }).waitFor();
      await page.getByRole('link', { name: 'Rules' }).click();
      await page.getByRole('table', { name: 'Rules' }).getByText('A cap is used by nine tenths').waitFor();
      await look(page, 'alert-rules');
      await page.getByRole('link', { name: 'Channels', exact: true }).click();
      await page.getByText('There is no channel').waitFor();
      await page.getByRole('link', { name: 'New channel' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Whose alerts').fill(low.ownerId);
      await dialog.getByLabel('Target').fill(hookUrl);
      await dialog.getByLabel('low balance').check();
      await dialog.getByLabel('cap 100').check();
      await dialog.getByRole('button', { name: 'Make channel' }).click();
      await dialog.getByText(/^whsec_/).waitFor();
      const id = new URL(page.url()).searchParams.get('open') ?? '';
      const channel = async () => (await admin('GET', `/v1/alerts/channels/${id}`)).body;
      expect(await channel()).toMatchObject({ owner_id: low.ownerId, kinds: ['low_balance', 'cap_100'] });
      await look(page, 'channel');
      await dialog.getByRole('button', { name: 'Test' }).click();
      await dialog.getByText('A test is on its way').waitFor();
      const secret = await dialog.getByText(/^whsec_/).textContent();
      await dialog.getByRole('button', { name: 'Rotate the secret' }).click();
      await dialog.getByText('It has a new secret').waitFor();
      expect(await dialog.getByText(/^whsec_/).textContent()).not.toBe(secret);
      await dialog.getByLabel('cap 100').uncheck();
      await dialog.getByRole('button', { name: 'Save' }).click();
      await dialog.getByText('Saved: active, told low_balance.').waitFor();
      await dialog.getByRole('button', { name: 'Switch off' }).click();
      await dialog.getByRole('button', { name: 'Switch on' }).click();
      await dialog.getByRole('button', { name: 'Switch off' }).waitFor();
      expect(await channel()).toMatchObject({ status: 'active', kinds: ['low_balance'] });

      await dialog.getByRole('link', { name: 'Its deliveries' }).click();
      const row = page.getByRole('table', { name: 'Deliveries' }).getByRole('row', { name: /test.*delivered/ });
      await row.waitFor();
      await page.locator('h1').click();
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await dialog.getByRole('button', { name: 'Tell it once more' }).click();
      await until(async () => {
        const { body } = await admin('GET', `/v1/alerts/deliveries?channel_id=${id}&limit=1`);
        return body.data[0].status === 'delivered' && body.data[0].attempts === 1;
      });
      await look(page, 'delivery');
      await page.keyboard.press('Escape');

      await go(`alerts?show=channels&open=${id}`);
      await dialog.getByRole('button', { name: 'Delete' }).click();
      await dialog.getByRole('button', { name: 'Delete it: yes' }).click();
      await dialog.waitFor({ state: 'detached' });
      expect((await admin('GET', `/v1/alerts/channels/${id}`)).status).toBe(404);
      expect(faults).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'acts are read by owner, page by page, one by one, and saved',
    async () => {
      const { page, faults, go } = await enter();
      await go('audit');
      const rows = page.getByRole('table', { name: 'Acts' }).locator('tbody tr');
      expect(await rows.count()).toBe(50);
      await page.getByRole('link', { name: 'Next page' }).click();
      await page.getByRole('link', { name: 'First page' }).waitFor();
      await page.goBack();
      await page.getByLabel('Owner').fill(low.ownerId);
      await page.keyboard.press('Enter');
      await page.waitForURL(/owner=/);
      await page.getByRole('cell', { name: 'owner.adjust' }).waitFor();
      const { body } = await admin('GET', `/v1/audit-logs?owner_id=${low.ownerId}`);
      await until(async () => (await rows.count()) === body.data.length);
      const file = await saved(page, () => page.getByRole('button', { name: 'CSV' }).click());
      expect(file.trim().split('\r\n').length).toBe(body.data.length + 1);
      await page.locator('h1').click();
      await page.keyboard.press('j');
      await page.keyboard.press('k');
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').getByText(body.data[0].request_id).waitFor();
      await look(page, 'act');
      expect(faults).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'a rate that looks like a slip is asked about, and what is used is what the router says',
    async () => {
      const { page, faults, go } = await enter();
      await go('exchange-rate');
      await page.getByLabel('Rupees per dollar').fill('123.45');
      await page.getByLabel('Reason').fill(HOSTILE);
      await page.getByRole('button', { name: 'Set the rate' }).click();
      await page.getByText(/"confirm": true/).waitFor();
      await page.getByLabel('I mean this rate').check();
      await page.getByRole('button', { name: 'Set the rate' }).click();
      await page.getByText('₹123.45 per dollar is used from now on.').waitFor();
      expect((await admin('GET', '/v1/rates')).body).toMatchObject({ rate: '123.45', manual: true });
      await look(page, 'rate-set');
      expect(faults).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'a page whose file is gone says so',
    async () => {
      const { page, go } = await enter();
      await go('owners');
      await page.route(/assets\/audit-/, (route) => route.fulfill({ status: 404, body: '' }));
      await page.getByRole('link', { name: 'Audit' }).click();
      await page.getByText('A file of this page is not there').waitFor();
      await page.unroute(/assets\/audit-/);
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByRole('heading', { name: 'Audit' }).waitFor();
    },
    TIMEOUT_MS,
  );
});
