import { describe, expect, test } from '@jest/globals';
import { choosePrice } from './choose-price.ts';

const at = Date.parse('2026-11-28');
const price = { input: '2', output: '10' };

describe('of two prices', () => {
  test('the package’s is taken where they agree, with the days that only it knows', () => {
    const dated = [price, { input: '3', output: '15', from: '2027-01-01' }];
    expect(choosePrice({ price: dated }, { price }, at)).toEqual({ price: dated, differs: null });
  });

  test('parts that the package lacks are the list’s', () => {
    const listed = { ...price, cache_write_1h: '4' };
    expect(choosePrice({ price }, { price: listed }, at)).toEqual({ price: listed, differs: null });
  });

  test('the newer one, the list’s, is taken where they differ on the day, and that is told', () => {
    const listed = { input: '1', output: '10' };
    expect(choosePrice({ price }, { price: listed }, at)).toEqual({
      price: listed,
      differs: { package: price, list: listed },
    });
  });

  test('another price of longer inputs is a difference too, a token more or less is none', () => {
    const tiered = (above: number, input: string) => ({
      ...price,
      tiers: [{ above_input_tokens: above, input, output: '20' }],
    });
    expect(choosePrice({ price: tiered(271_999, '4') }, { price: tiered(272_000, '4') }, at)).toMatchObject({
      differs: null,
    });
    expect(choosePrice({ price: tiered(271_999, '4') }, { price: tiered(272_000, '5') }, at)).not.toMatchObject({
      differs: null,
    });
    expect(choosePrice({ price }, { price: tiered(272_000, '5') }, at)).not.toMatchObject({ differs: null });
  });

  test('neither is taken where one of them says that it can’t be charged', () => {
    expect(choosePrice({ reason: 'by day' }, { price }, at)).toEqual({ reason: 'by day' });
    expect(choosePrice({ price }, { reason: 'by night' }, at)).toEqual({ reason: 'by night' });
  });
});
