import { describe, expect, test } from '@jest/globals';
import { createRateStock, deadline } from './rate-stock.ts';
import { PERMIT_LIFE_MS } from './rate-window.ts';

describe('permits in stock', () => {
  test('are taken while they live, and not one millisecond longer', () => {
    const stock = createRateStock();
    stock.add({ second: 7, until: 2_000, requests: 2, tokens: 20 });
    expect(stock.take(10, 1_999)).toBe(7);
    expect(stock.take(10, 2_000)).toBeNull();
  });

  test('are taken with their tokens, and only where there are as many', () => {
    const stock = createRateStock();
    stock.add({ second: 7, until: 2_000, requests: 3, tokens: 20 });
    expect(stock.take(15, 0)).toBe(7);
    expect(stock.take(6, 0)).toBeNull();
    expect(stock.take(5, 0)).toBe(7);
    expect(stock.left()).toEqual({ requests: 1, tokens: 0 });
  });

  test('go back when they are dead, to the second that they count in', () => {
    const stock = createRateStock();
    stock.add({ second: 7, until: 2_000, requests: 2, tokens: 20 });
    stock.add({ second: 8, until: 3_000, requests: 1, tokens: 10 });
    stock.giveBack(2_500, 'dead');
    expect(stock.left()).toEqual({ requests: 1, tokens: 10 });
    expect([...stock.takeCorrections()]).toEqual([[7, { requests: -2, tokens: -20 }]]);
  });

  test('die with the day that they count in, where that is sooner', () => {
    expect(deadline(100, 90_000)).toBe(100 + PERMIT_LIFE_MS);
    expect(deadline(100, 50)).toBe(150);
  });
});
