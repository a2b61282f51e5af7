import { describe, expect, test } from '@jest/globals';
import { builtinFiles } from './builtin.ts';
import { parseCatalogueFile } from './catalogue-file.ts';
import type { OnePriceEntry } from './price-entry.ts';
import { refusePriceSlips } from './refuse-price-slips.ts';

const builtin = [
  parseCatalogueFile({
    models: {
      'acme/large': {
        endpoints: [
          { provider: 'acme', model: 'large', price: { input: '2', output: '10', cache_read: '0.2' } },
          { provider: 'bolt', model: 'large', price: { input: '3', output: '12' } },
        ],
      },
    },
  }),
];

function refuse(price: OnePriceEntry, id = 'acme/large'): void {
  const models = { [id]: { endpoints: [{ provider: 'acme', model: 'large', price }] } };
  refusePriceSlips(parseCatalogueFile({ models }), builtin);
}

describe('a price of an operator’s file', () => {
  test.each<[string, OnePriceEntry, string | null]>([
    ['near the built-in one', { input: '2.5', output: '9' }, null],
    ['of a thousand times the dearest', { input: '3000', output: '9' }, null],
    ['beyond that', { input: '3000.000001', output: '9' }, 'price.input: 3000.000001 is more than 1000 times above'],
    ['of a thousandth of the cheapest', { input: '2', output: '0.01' }, null],
    ['below that', { input: '2', output: '0.009999' }, 'price.output: 0.009999 is more than 1000 times below'],
    ['of a part that the built-in one has not', { input: '2', output: '9', reasoning: '20000' }, 'price.reasoning:'],
    ['of a cache, by the cheapest of all inputs', { input: '2', output: '9', cache_read: '0.0002' }, null],
    ['that is free', { input: '0', output: '0' }, null],
    ['of a request', { input: '2', output: '9', request: '10000000.1' }, 'price.request:'],
    [
      'of a tier',
      { input: '2', output: '9', tiers: [{ above_input_tokens: 1, input: '9000', output: '9' }] },
      'price.tiers[0].input:',
    ],
  ])('%s', (_name, price, message) => {
    if (message === null) expect(() => refuse(price)).not.toThrow();
    else expect(() => refuse(price)).toThrow(`models["acme/large"].endpoints[0].${message}`);
    expect(() => refuse({ ...price, confirm: true })).not.toThrow();
  });

  test('of a model that is not built in is measured by the usual, from above alone', () => {
    expect(() => refuse({ input: '10000', output: '0.000001' }, 'acme/new')).not.toThrow();
    expect(() => refuse({ input: '10001', output: '1' }, 'acme/new')).toThrow('1000 times above the usual 10');
  });
});

test('no built-in price is beyond the usual by so much', () => {
  for (const file of builtinFiles) expect(() => refusePriceSlips(file, [])).not.toThrow();
});
