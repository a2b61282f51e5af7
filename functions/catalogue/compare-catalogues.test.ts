import { expect, test } from '@jest/globals';
import { parseCatalogueFile } from './catalogue-file.ts';
import { compareCatalogues } from './compare-catalogues.ts';
import { buildCatalogue } from './load-catalogue.ts';

const price = { input: '1', output: '2' };
const acme = { format: 'chat', base_url: 'https://acme.test', auth: { type: 'none' } };
const endpoint = (model: string, more: object = {}) => ({ provider: 'acme', model, price, ...more });
const catalogue = (models: Record<string, object[]>, more: object = {}) =>
  buildCatalogue([
    parseCatalogueFile({
      providers: { acme },
      models: Object.fromEntries(
        Object.entries(models).map(([id, endpoints]) => [
          id,
          { context_length: 100, max_output_tokens: 10, quality: 50, endpoints, ...more },
        ]),
      ),
    }),
  ]);

test('a catalogue is no other than itself', () => {
  const one = catalogue({ 'a/b': [endpoint('b')] });
  expect(compareCatalogues(one, one)).toEqual({
    models: { added: [], removed: [], changed: [] },
    endpoints: [],
    prices: [],
  });
});

test('models and endpoints that come and go are named, and what is another of those that stay', () => {
  const before = catalogue({ 'a/gone': [endpoint('g')], 'a/b': [endpoint('b'), endpoint('old')] });
  const after = catalogue({
    'a/b': [endpoint('b', { context_length: 50, price: { ...price, output: '3' } })],
    'a/new': [endpoint('n')],
  });
  expect(compareCatalogues(before, after)).toEqual({
    models: { added: ['a/new'], removed: ['a/gone'], changed: [] },
    endpoints: [
      { model: 'a/gone', endpoint: 'acme/g', change: 'removed', fields: [] },
      { model: 'a/b', endpoint: 'acme/b', change: 'changed', fields: ['contextLength'] },
      { model: 'a/b', endpoint: 'acme/old', change: 'removed', fields: [] },
      { model: 'a/new', endpoint: 'acme/n', change: 'added', fields: [] },
    ],
    prices: [
      { model: 'a/b', endpoint: 'acme/b', part: 'output', before: '2', after: '3' },
      { model: 'a/b', endpoint: 'acme/b', part: 'reasoning', before: '2', after: '3' },
    ],
  });
});

test('a tier that comes is a price that was none before', () => {
  const tiers = [{ above_input_tokens: 50, input: '4', output: '8' }];
  const { prices } = compareCatalogues(
    catalogue({ 'a/b': [endpoint('b')] }),
    catalogue({ 'a/b': [endpoint('b', { price: { ...price, tiers } })] }),
  );
  expect(prices).toContainEqual({
    model: 'a/b',
    endpoint: 'acme/b',
    part: 'tiers[50].input',
    before: null,
    after: '4',
  });
});

test('a model that is called otherwise is changed', () => {
  const models = { 'a/b': [endpoint('b')] };
  expect(compareCatalogues(catalogue(models), catalogue(models, { name: 'B' })).models.changed).toEqual(['a/b']);
});
