import { expect, test } from '@jest/globals';
import { parseCatalogueFile } from './catalogue-file.ts';
import { buildCatalogue } from './load-catalogue.ts';

const price = { input: '1', output: '1' };
const entry = (model: string) => ({
  context_length: 1000,
  max_output_tokens: 100,
  endpoints: [{ provider: 'p', model, price }],
});
const catalogue = buildCatalogue([
  parseCatalogueFile({
    providers: { p: { format: 'chat', base_url: 'https://a.test', auth: { type: 'none' } } },
    models: {
      'acme/large-4.5': entry('large-upstream'),
      'acme/twin': entry('a'),
      'other/twin': entry('b'),
      'acme/old-2024-05-13': entry('c'),
    },
  }),
]);
const found = (name: string) => catalogue.find(name)?.id ?? null;

test.each([
  'acme/large-4-5',
  'large-4.5',
  'large-4-5',
  'large-4-5-20250929',
  'acme/large-4.5-2025-09-29',
  'large-4-5@20250929',
  'large-4.5-latest',
  'models/large-4.5',
  'models/large-upstream',
  'acme/large-4.5[1m]',
  'large-4-5-20250929[1m]',
  'acme%2Flarge-4-5',
])('%s is the one model that it can mean', (name) => expect(found(name)).toBe('acme/large-4.5'));

test.each(['twin', 'old', 'acme/old', 'old-2024-11-20', 'other/large-4.5', 'large', 'large-4', 'models/'])(
  '%s means no model, or more than one',
  (name) => expect(found(name)).toBeNull(),
);

test('what is written as in the catalogue is that model', () => {
  expect(found('acme/old-2024-05-13')).toBe('acme/old-2024-05-13');
  expect(found('other/twin')).toBe('other/twin');
});
