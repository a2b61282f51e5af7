import { expect, test } from '@jest/globals';
import { fromText, type Setting, toPatch, toText } from './setting.ts';

const settings: Setting[] = [
  { name: 'label', title: 'Label', kind: 'text' },
  { name: 'rpm_limit', title: 'Requests a minute', kind: 'count' },
  { name: 'spend_caps.daily', title: 'A day', kind: 'amount' },
  { name: 'spend_caps.weekly', title: 'A week', kind: 'amount' },
  { name: 'allowed_models', title: 'Models', kind: 'list' },
  { name: 'manage', title: 'May manage', kind: 'flag' },
];
const values = {
  label: 'laptop',
  rpm_limit: 100,
  spend_caps: { daily: '5', weekly: null },
  allowed_models: ['a/b', 'c/d'],
  manage: false,
};
const asIs = Object.fromEntries(
  settings.map(({ name, kind }) => {
    const [whole = '', part] = name.split('.');
    const value = (values as Record<string, unknown>)[whole];
    return [name, toText(part === undefined ? value : (value as Record<string, unknown>)[part], kind)];
  }),
);

test('what nobody touched is not sent', () => expect(toPatch(settings, values, asIs)).toEqual({}));

test('what was changed is sent, and caps with their others, which would be cleared without', () => {
  expect(toPatch(settings, values, { ...asIs, 'spend_caps.weekly': '20.5', label: '' })).toEqual({
    label: null,
    spend_caps: { daily: '5', weekly: '20.5' },
  });
});

test('a list is what stands between commas and spaces, and nothing is every model', () => {
  expect(toPatch(settings, values, { ...asIs, allowed_models: 'a/b,  e/f ' })).toEqual({
    allowed_models: ['a/b', 'e/f'],
  });
  expect(toPatch(settings, values, { ...asIs, allowed_models: ' ' })).toEqual({ allowed_models: null });
});

test('a flag is true or false, never nothing', () => {
  expect(toPatch(settings, values, { ...asIs, manage: 'true' })).toEqual({ manage: true });
});

test.each([
  ['count', '0'],
  ['count', '1.5'],
  ['amount', '-1'],
  ['amount', 'ten'],
] as const)('a %s is not %s', (kind, text) => {
  expect(() => fromText(text, { name: 'x', title: 'This', kind })).toThrow(/^This: /);
});

test('a moment comes back as what it was', () => {
  const at = '2026-12-31T18:30:05.000Z';
  expect(fromText(toText(at, 'moment'), { name: 'x', title: 'Ends', kind: 'moment' })).toBe(at);
});
