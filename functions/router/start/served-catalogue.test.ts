import { beforeEach, expect, test } from '@jest/globals';
import { parseCatalogueFile } from '../../catalogue/catalogue-file.ts';
import { buildCatalogue } from '../../catalogue/load-catalogue.ts';
import { createServedCatalogue, type ServedCatalogue } from './served-catalogue.ts';

const price = { input: '3', output: '15' };
const provider = (auth: object) => ({ format: 'chat', base_url: 'https://acme.test/v1', auth });
const model = (...providers: string[]) => ({
  context_length: 1_000,
  max_output_tokens: 100,
  endpoints: providers.map((name) => ({ provider: name, model: 'm', price })),
});
const catalogue = buildCatalogue([
  parseCatalogueFile({
    providers: {
      open: provider({ type: 'none' }),
      acme: provider({ type: 'bearer', secret: 'acme-api-key' }),
      other: provider({ type: 'bearer', secret: 'other-api-key' }),
      google: provider({ type: 'google' }),
    },
    models: {
      'a/both': model('open', 'acme'),
      'a/acme': model('acme'),
      'a/other': model('other'),
      'a/g': model('google'),
    },
  }),
]);

/** Secrets that are there, by name, and their versions; null while the store cannot be reached. */
let store: Map<string, string> | null;
const secrets = {
  async get(name: string) {
    if (store === null) throw new Error('unreachable');
    const version = store.get(name);
    return version === undefined ? null : { value: 'sk', version };
  },
};
const serve = (googleDefault = false) => createServedCatalogue({ catalogue, secrets, googleDefault });
const served = (of: ServedCatalogue) =>
  [...of.current().models.values()].map(({ id, endpoints }) => [id, ...endpoints.map((one) => one.provider)].join(' '));

beforeEach(() => {
  store = new Map();
});

test('endpoints are served that need no credential, or whose credential is there', async () => {
  expect(served(await serve())).toEqual(['a/both open']);
  store?.set('acme-api-key', '1');
  expect(served(await serve())).toEqual(['a/both open acme', 'a/acme acme']);
});

test('those that go by the credentials of the process are served where it has any', async () => {
  expect(served(await serve(true))).toEqual(['a/both open', 'a/g google']);
});

test('a credential that appears is served with the next look, and with none before', async () => {
  const one = await serve();
  store?.set('other-api-key', '1');
  expect(served(one)).toEqual(['a/both open']);
  await one.refresh();
  expect(served(one)).toEqual(['a/both open', 'a/other other']);
});

test('one that disappears is served no more', async () => {
  store?.set('acme-api-key', '1').set('other-api-key', '1');
  const one = await serve();
  store?.delete('acme-api-key');
  await one.refresh();
  expect(served(one)).toEqual(['a/both open', 'a/other other']);
});

test('where no credential came or went the catalogue stays the same object', async () => {
  store?.set('acme-api-key', '1');
  const one = await serve();
  const before = one.current();
  store?.set('acme-api-key', '2');
  await one.refresh();
  expect(one.current()).toBe(before);
});

test('while nobody can say which credentials are there it stays as it is, and the look fails', async () => {
  store?.set('acme-api-key', '1');
  const one = await serve();
  store = null;
  await expect(one.refresh()).rejects.toThrow('unreachable');
  expect(served(one)).toEqual(['a/both open acme', 'a/acme acme']);
});
