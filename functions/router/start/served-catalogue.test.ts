import { beforeEach, describe, expect, test } from '@jest/globals';
import { parseCatalogueFile } from '../../catalogue/catalogue-file.ts';
import { type Layers, NO_API_LAYER } from '../../catalogue/layers.ts';
import { createServedCatalogue, type ServedCatalogue } from './served-catalogue.ts';

const price = { input: '3', output: '15' };
const provider = (auth: object) => ({ format: 'chat', base_url: 'https://acme.test/v1', auth });
const model = (...providers: string[]) => ({
  context_length: 1_000,
  max_output_tokens: 100,
  endpoints: providers.map((name) => ({ provider: name, model: 'm', price })),
});
const builtin = [
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
];
const layers: Layers = { builtin, file: {}, api: NO_API_LAYER };

/** Secrets that are there, by name, and their versions; null while the store cannot be reached. */
let store: Map<string, string> | null;
const secrets = {
  async get(name: string) {
    if (store === null) throw new Error('unreachable');
    const version = store.get(name);
    return version === undefined ? null : { value: 'sk', version };
  },
};
let at: number;
const serve = (googleDefault = false) =>
  createServedCatalogue({ layers, vars: {}, secrets, googleDefault, now: () => at });
const served = (of: ServedCatalogue) =>
  [...of.current().models.values()].map(({ id, endpoints }) => [id, ...endpoints.map((one) => one.provider)].join(' '));

beforeEach(() => {
  store = new Map();
  at = Date.parse('2026-12-01');
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

describe('layers that are put in place of others', () => {
  const file = (models: object) => parseCatalogueFile({ models });
  const inputOf = (one: ServedCatalogue) => one.current().find('a/both')?.endpoints[0]?.price.input;
  const costing = (input: string) => ({
    'a/both': { endpoints: [{ provider: 'open', model: 'm', price: { input, output: '1' } }] },
  });

  test('are served at once, the API’s on the operator’s on what is built in', async () => {
    const one = await serve();
    await one.replace({ file: file(costing('4')) });
    expect(inputOf(one)).toBe(4_000_000n);
    await one.replace({ api: { version: 1, file: file(costing('5')) } });
    expect(inputOf(one)).toBe(5_000_000n);
    await one.replace({ file: file(costing('6')) });
    expect(inputOf(one)).toBe(5_000_000n);
    await one.replace({ api: { version: 2, file: {} } });
    expect(inputOf(one)).toBe(6_000_000n);
  });

  test('change nothing for who has the catalogue before', async () => {
    const one = await serve();
    const before = one.current();
    await one.replace({ file: file({ 'a/both': null }) });
    expect(before.find('a/both')?.endpoints).toHaveLength(1);
    expect(one.current().find('a/both')).toBeNull();
  });

  test('have their credentials looked for before they are served', async () => {
    store?.set('new-api-key', '1');
    const one = await serve();
    const auth = { type: 'bearer', secret: 'new-api-key' };
    await one.replace({
      file: parseCatalogueFile({ providers: { fresh: provider(auth) }, models: { 'a/n': model('fresh') } }),
    });
    expect(served(one)).toContain('a/n fresh');
  });

  test.each<[string, object]>([
    ['a mistake', { 'a/x': { endpoints: [{ provider: 'nobody', model: 'm', price }] } }],
    ['a slip', costing('99999')],
  ])('that have %s leave what is served', async (_name, models) => {
    const one = await serve();
    const before = one.current();
    await expect(one.replace({ file: file(models) })).rejects.toMatchObject({ code: 'invalid_request_error' });
    expect([one.current(), one.layers()]).toEqual([before, layers]);
  });

  test('come one after the other, however long the store of secrets takes', async () => {
    const one = await serve();
    await Promise.all([1, 2, 3].map((n) => one.replace({ api: { version: n, file: file(costing(String(n))) } })));
    expect([inputOf(one), one.layers().api.version]).toEqual([3_000_000n, 3]);
  });
});

test('a price is another from its moment on, and the catalogue another object', async () => {
  const change = at + 1_000;
  const prices = [price, { ...price, input: '4', from: new Date(change).toISOString() }];
  const one = await serve();
  await one.replace({
    file: parseCatalogueFile({
      models: { 'a/both': { endpoints: [{ provider: 'open', model: 'm', price: prices }] } },
    }),
  });
  const before = one.current();
  at = change - 1;
  expect(one.current()).toBe(before);
  at = change;
  expect(one.current().find('a/both')?.endpoints[0]?.price.input).toBe(4_000_000n);
  expect(before.find('a/both')?.endpoints[0]?.price.input).toBe(3_000_000n);
});
