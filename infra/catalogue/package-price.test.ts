import { describe, expect, test } from '@jest/globals';
import { toPackagePrice } from './package-price.ts';

describe('a price of the package', () => {
  test('becomes decimal strings by part', () => {
    expect(toPackagePrice({ input_mtok: 0.1, output_mtok: 12, cache_read_mtok: 0.0125 })).toEqual({
      price: { input: '0.1', output: '12', cache_read: '0.0125' },
    });
  });

  test('has tiers for longer inputs, of which each names all that it costs then', () => {
    const input_mtok = { base: 2, tiers: [{ start: 200_000, price: 4 }] };
    expect(toPackagePrice({ input_mtok, output_mtok: 10 })).toEqual({
      price: {
        input: '2',
        output: '10',
        tiers: [{ above_input_tokens: 200_000, input: '4', output: '10' }],
      },
    });
  });

  test('has the days from which it holds', () => {
    const dated = [
      { prices: { input_mtok: 1, output_mtok: 2 } },
      {
        constraint: { type: 'start_date' as const, start_date: '2027-01-01' },
        prices: { input_mtok: 3, output_mtok: 4 },
      },
    ];
    expect(toPackagePrice(dated)).toEqual({
      price: [
        { input: '1', output: '2' },
        { input: '3', output: '4', from: '2027-01-01' },
      ],
    });
  });

  test('leaves searches out, which nobody asks for', () => {
    expect(toPackagePrice({ input_mtok: 1, output_mtok: 2, web_searches_kcount: 10 })).toEqual({
      price: { input: '1', output: '2' },
    });
  });

  test.each([
    [
      'changes with the time of day',
      [{ constraint: { type: 'time_of_date' as const, start_time: '0', end_time: '1' }, prices: {} }],
    ],
    ['the router has no price for output_audio_mtok', { input_mtok: 1, output_mtok: 2, output_audio_mtok: 3 }],
    ['no price for input or output', { input_mtok: 1 }],
    ['is free', { input_mtok: 0, output_mtok: 2 }],
  ])('is refused where it %s', (reason, prices) => {
    expect(toPackagePrice(prices)).toEqual({ reason: expect.stringContaining(reason) });
  });
});
