import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { withAvailableSecrets } from '../../catalogue/catalogue.ts';
import { checkCatalogueFile } from './check-catalogue-file.ts';
import { missingCredentials } from './missing-credentials.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mesh-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function loadWith(price: object) {
  const cataloguePath = join(folder, 'catalogue.json');
  const endpoints = [{ provider: 'acme', model: 'new', price }];
  const models = { 'acme/new': { context_length: 1_000, max_output_tokens: 1_000, endpoints } };
  const providers = { acme: { format: 'chat', base_url: 'https://acme.example', auth: { type: 'none' } } };
  await writeFile(cataloguePath, JSON.stringify({ providers, models }));
  return (await checkCatalogueFile(cataloguePath, {})).catalogue;
}

test('a price that looks like a slip stops the start, and says what to do about it', async () => {
  const price = { input: '99999', output: '1' };
  await expect(loadWith(price)).rejects.toThrow('put "confirm": true into the same price');
  expect((await loadWith({ ...price, confirm: true })).find('acme/new')?.endpoints).toHaveLength(1);
});

describe('mistakes in the operator’s file', () => {
  async function load(text: string) {
    const cataloguePath = join(folder, 'catalogue.json');
    await writeFile(cataloguePath, text);
    const failure = await checkCatalogueFile(cataloguePath, {}).catch((error: Error) => error.message);
    return String(failure).replaceAll(cataloguePath, 'FILE');
  }
  const endpoints = [{ provider: 'acme', model: 'new', price: { input: '1', output: '2' } }];

  test('are told all at once, each with file, place and reason', async () => {
    const models = { 'a/b': { context_length: 0, endpoints, colour: 1 }, 'c/d': { max_output_tokens: 'x' } };
    expect(await load(JSON.stringify({ models, modles: {} }))).toBe(
      [
        '4 mistakes:',
        'FILE: models["a/b"].context_length: Too small: expected number to be >0',
        'FILE: models["a/b"].colour: is not a known field',
        'FILE: models["c/d"].max_output_tokens: Invalid input: expected number, received string',
        'FILE: modles: is not a known field',
      ].join('\n'),
    );
  });

  test('are told all at once too where they are seen only beside the other files', async () => {
    const sizes = { context_length: 1, max_output_tokens: 1 };
    const dear = [{ provider: 'openai', model: 'x', price: { input: '99999', output: '99999' } }];
    const models = { 'a/b': { ...sizes, endpoints: [...endpoints, ...endpoints] }, 'c/d': { endpoints: dear } };
    const told = await load(JSON.stringify({ models }));
    expect(told).toMatch(/^5 mistakes:\n/);
    for (const place of ['["c/d"].endpoints[0].price.input', '["c/d"].endpoints[0].price.output']) {
      expect(told).toContain(`FILE: models${place}: 99999 is more than 1000 times above`);
    }
    for (const at of [0, 1]) {
      expect(told).toContain(`FILE: models["a/b"].endpoints[${at}].provider: there is no provider "acme"`);
    }
    expect(told).toContain('FILE: models["c/d"].context_length: is required');
  });

  test('name the file where it is no JSON, or is not there', async () => {
    expect(await load('{"models": ')).toMatch(/^FILE: catalogue: the file is no JSON/);
    const missing = checkCatalogueFile(join(folder, 'none.json'), {});
    await expect(missing).rejects.toThrow(/none\.json: .*ENOENT/);
  });
});

test('an operator’s provider without its credential says which variable, or which secret, it wants', async () => {
  const cataloguePath = join(folder, 'catalogue.json');
  const auth = { type: 'bearer', secret: 'acme-api-key' };
  const providers = { acme: { format: 'chat', base_url: 'https://acme.example', auth } };
  const endpoints = [{ provider: 'acme', model: 'new', price: { input: '1', output: '2' } }];
  const models = { 'acme/new': { context_length: 1_000, max_output_tokens: 1_000, endpoints } };
  await writeFile(cataloguePath, JSON.stringify({ providers, models }));
  const checked = await checkCatalogueFile(cataloguePath, {});
  const none = withAvailableSecrets(checked.catalogue, new Set(), { googleDefault: false });
  const told = (served: typeof checked.catalogue, secrets: 'env' | 'secret-manager') =>
    missingCredentials(checked, served, secrets);
  expect(told(none, 'env')).toEqual(['acme is not served: it wants the variable ACME_API_KEY']);
  expect(told(none, 'secret-manager')).toEqual(['acme is not served: it wants the secret acme-api-key']);
  expect(told(checked.catalogue, 'env')).toEqual([]);
});
