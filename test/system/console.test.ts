import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { describeInBrowser, startChromium } from '../support/chromium.ts';
import { findBarriers, openConsole, takePictures } from '../support/console-browser.ts';
import { type Mesh, startMesh } from '../support/start-mesh.ts';

const TIMEOUT_MS = 120_000;
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
  const admin = (method: string, path: string, body?: unknown) =>
    mesh.call(method, path, { key: mesh.adminKey, ...(body === undefined ? {} : { body }) });

  beforeAll(async () => {
    mesh = await startMesh();
    browser = await startChromium(executablePath);
    for (const name of hostile) await admin('POST', '/v1/owners', { name, currency: 'INR' });
  }, TIMEOUT_MS);
  afterAll(async () => {
    await browser.close();
    await mesh.close();
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
      const secret = (await page.getByRole('region', { name: 'The key' }).textContent())?.trim() ?? '';
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
});
