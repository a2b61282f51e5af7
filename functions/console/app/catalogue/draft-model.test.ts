import { expect, test } from '@jest/globals';
import { placesOf, priceText, toDraft, withPrice } from './draft-model.ts';
import type { LayeredModel } from './replies.ts';

const first = { provider: 'a', model: 'm', price: { input: '1', output: '2', tiers: [] } };
const second = { provider: 'b', model: 'm', price: [{ input: '1', output: '2', from: '2026-01-01' }] };
const layered = (effective: LayeredModel['effective'], api?: LayeredModel['layers'][number]): LayeredModel => ({
  version: 3,
  id: 'acme/m',
  layers: [{ layer: 'builtin', entry: { name: 'M', endpoints: [first, second] } }, ...(api ? [api] : [])],
  effective,
});
const whole = layered({ endpoints: [first, second] });

test('a place that was switched off is still there to be switched on', () => {
  const off = layered({ endpoints: [first] }, { layer: 'api', entry: { description: 'ours', endpoints: [first] } });
  expect(placesOf(off).map(({ name, isOn }) => [name, isOn])).toEqual([
    ['a/m', true],
    ['b/m', false],
  ]);
  const on = placesOf(off).map((place) => ({ ...place, isOn: true }));
  expect(toDraft(off, on, false)).toEqual({ description: 'ours', endpoints: [first, second] });
});

test('a price is changed beside what else its entry says', () => {
  const [place] = placesOf(whole);
  if (place === undefined) throw new Error('no place');
  expect(withPrice(place, 'input', '1.5').entry.price).toEqual({ input: '1.5', output: '2', tiers: [] });
  expect(withPrice(place, 'output', '').entry.price).toEqual({ input: '1', tiers: [] });
});

test('prices by dates are no form’s', () => {
  expect(priceText(second, 'input')).toBeNull();
  const place = { name: 'b/m', entry: second, isOn: true };
  expect(withPrice(place, 'input', '9')).toBe(place);
});

test('a model that is served nowhere is taken away, whole', () => {
  expect(
    toDraft(
      whole,
      placesOf(whole).map((place) => ({ ...place, isOn: false })),
      false,
    ),
  ).toBeNull();
});

test('prices that are meant say so, in what is sent and nowhere else', () => {
  const draft = toDraft(whole, placesOf(whole), true);
  expect(draft?.endpoints?.[0]?.price).toEqual({ ...first.price, confirm: true });
  expect(first.price).not.toHaveProperty('confirm');
});
