import { describe, expect, test } from '@jest/globals';
import { makeEndpoint, somePrice } from '../../test/support/make-endpoint.ts';
import { parsePrice } from '../core/money/price.ts';
import { resolveQuality } from './resolve-quality.ts';

function endpointAt(input: string, output: string) {
  return makeEndpoint({ price: { ...somePrice, input: parsePrice(input) ?? 0n, output: parsePrice(output) ?? 0n } });
}

test('what a file says stands, and fields that it does not name are as good as the whole', () => {
  expect(resolveQuality({ quality: 60, quality_by: { code: 72 } }, [endpointAt('3', '15')])).toEqual({
    general: 60,
    code: 72,
    reasoning: 60,
    multilingual: 60,
  });
});

describe('without a figure, a model is taken to be worth its price', () => {
  test.each([
    ['0', '0', 30],
    ['0.05', '0.1', 30],
    ['0.1', '0.4', 35],
    ['0.2', '0.8', 42],
    ['0.25', '2', 50],
    ['3', '15', 71],
    ['30', '150', 75],
  ])('$%s in and $%s out per million: %d', (input, output, general) => {
    expect(resolveQuality({}, [endpointAt(input, output)]).general).toBe(general);
  });

  test('the price of its cheapest endpoint', () => {
    const endpoints = [endpointAt('3', '15'), endpointAt('0.1', '0.4')];
    expect(resolveQuality({ quality_by: { multilingual: 20 } }, endpoints)).toEqual({
      general: 35,
      code: 35,
      reasoning: 35,
      multilingual: 20,
    });
  });
});
