import { describe, expect, test } from '@jest/globals';
import { toListPrice } from './list-price.ts';

const entry = { input_cost_per_token: 2e-6, output_cost_per_token: 1e-5 };

describe('a price of the list', () => {
  test('is of a token there, and of a million here', () => {
    const more = { cache_read_input_token_cost: 2e-7, cache_creation_input_token_cost_above_1hr: 4e-6 };
    expect(toListPrice({ ...entry, ...more })).toEqual({
      price: { input: '2', output: '10', cache_read: '0.2', cache_write_1h: '4' },
    });
  });

  test('has a tier for longer inputs', () => {
    expect(toListPrice({ ...entry, input_cost_per_token_above_272k_tokens: 4e-6 })).toMatchObject({
      price: { tiers: [{ above_input_tokens: 272_000, input: '4', output: '10' }] },
    });
  });

  test('does not take what other ways of serving cost', () => {
    const others = { input_cost_per_token_batches: 1e-6, output_cost_per_token_above_272k_tokens_priority: 9e-6 };
    expect(toListPrice({ ...entry, ...others })).toEqual({ price: { input: '2', output: '10' } });
  });

  test('takes no price of nothing for a part that has none', () => {
    expect(toListPrice({ ...entry, cache_creation_input_token_cost: 0 })).toEqual({
      price: { input: '2', output: '10' },
    });
  });

  test('takes images that cost what other input costs, and no others', () => {
    expect(toListPrice({ ...entry, input_cost_per_image_token: 2e-6 })).toEqual({
      price: { input: '2', output: '10' },
    });
    expect(toListPrice({ ...entry, input_cost_per_image_token: 3e-6 })).toEqual({
      reason: 'the router has no price for input_cost_per_image_token',
    });
  });

  test.each([
    ['off_peak_pricing', { off_peak_pricing: {} }],
    ['output_cost_per_audio_token', { output_cost_per_audio_token: 1e-5 }],
    ['only a tier for cache_read', { cache_read_input_token_cost_above_200k_tokens: 1e-6 }],
  ])('is refused where it has %s', (reason, more) => {
    expect(toListPrice({ ...entry, ...more })).toEqual({ reason: expect.stringContaining(reason) });
  });
});
