import { describe, expect, test } from '@jest/globals';
import type { CatalogueFile } from './catalogue-file.ts';
import { parseCatalogueFile } from './catalogue-file.ts';
import { sameDestinations } from './destinations.ts';

const price = { input: '1', output: '1' };
const file = (provider: object, endpoint: object = {}): CatalogueFile =>
  parseCatalogueFile({
    providers: { acme: { format: 'chat', base_url: 'https://acme.test', ...provider } },
    models: { 'a/b': { endpoints: [{ provider: 'acme', model: 'b', price, ...endpoint }] } },
  });
const before = file({});

/** What sends our credentials elsewhere, on a provider or on one endpoint. */
const elsewhere: [string, object][] = [
  ['base_url', { base_url: 'https://evil.test' }],
  ['path', { path: '.evil.test/v1' }],
  ['stream_path', { stream_path: '.evil.test/v1' }],
  ['query', { query: { to: 'evil' } }],
  ['headers', { headers: { host: 'evil.test' } }],
  ['vars', { vars: { host: 'evil.test' } }],
  ['regions', { regions: { here: { host: 'evil.test' } } }],
  ['auth', { auth: { type: 'bearer', secret: 'openai-api-key' } }],
];

describe('where credentials go is another with another', () => {
  test.each(elsewhere)('%s, of a provider and of an endpoint', (_name, fields) => {
    expect(sameDestinations(before, file(fields))).toBe(false);
    expect(sameDestinations(before, file({}, fields))).toBe(false);
    // And back again.
    expect(sameDestinations(file(fields), before)).toBe(false);
  });
});

test('an endpoint of another provider that says where it goes counts, too', () => {
  const fields = { base_url: 'https://evil.test' };
  expect(sameDestinations(file({}, fields), file({}, { ...fields, model: 'c' }))).toBe(false);
});

test.each<[string, CatalogueFile]>([
  ['a price', file({}, { price: { input: '2', output: '1' } })],
  ['a further endpoint', { ...before, models: { ...before.models, 'a/c': before.models?.['a/b'] ?? null } }],
  ['a capability', file({ capabilities: ['tools'] })],
  ['a model that goes', { ...before, models: {} }],
])('it is the same with another %s', (_name, after) => {
  expect(sameDestinations(before, after)).toBe(true);
});
