import { expect, test } from '@jest/globals';
import { encodeEventData } from './event-json.ts';

test.each([
  [401n, '401'],
  [2n ** 53n - 1n, '9007199254740991'],
  [2n ** 53n, '"9007199254740992"'],
  [-(2n ** 53n) + 1n, '-9007199254740991'],
  [-(2n ** 53n), '"-9007199254740992"'],
  [{ deep: [1n, { deeper: 2n }] }, '{"deep":[1,{"deeper":2}]}'],
  [new Date(0), '"1970-01-01T00:00:00.000Z"'],
  [1.5, '1.5'],
  [null, 'null'],
])('%p travels as %s', (given, sent) => expect(encodeEventData({ given })).toBe(`{"given":${sent}}`));
