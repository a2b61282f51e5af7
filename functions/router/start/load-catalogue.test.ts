import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { loadCatalogue } from './load-catalogue.ts';

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
  return loadCatalogue({ cataloguePath, projectId: null });
}

test('a price that looks like a slip stops the start, and says what to do about it', async () => {
  const price = { input: '99999', output: '1' };
  await expect(loadWith(price)).rejects.toThrow('put "confirm": true into the same price');
  expect((await loadWith({ ...price, confirm: true })).find('acme/new')?.endpoints).toHaveLength(1);
});
