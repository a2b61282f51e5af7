import { beforeEach, expect, test } from '@jest/globals';
import { createStrangerLimit, MAX_ADDRESSES, MAX_UNKNOWN_KEYS_A_MINUTE } from './stranger-limit.ts';

let time: number;
let limit: ReturnType<typeof createStrangerLimit>;
beforeEach(() => {
  time = 0;
  limit = createStrangerLimit({ monotonic: () => time });
});
const guess = (address: string, times = 1) => {
  for (let n = 0; n < times; n++) {
    limit.admit(address);
    limit.count(address);
  }
};

test('an address may guess some keys in a minute, and again in the next', () => {
  guess('a', MAX_UNKNOWN_KEYS_A_MINUTE);
  time = 20_000;
  expect(() => limit.admit('a')).toThrow(
    expect.objectContaining({ code: 'rate_limit_exceeded', retryAfterSeconds: 40 }),
  );
  guess('b');
  time = 60_000;
  guess('a');
});

test('many addresses take no more memory than some, and the rest count as one', () => {
  for (let n = 0; n < MAX_ADDRESSES; n++) guess(`first ${n}`);
  for (let n = 0; n < MAX_UNKNOWN_KEYS_A_MINUTE; n++) guess(`then ${n}`);
  expect(() => limit.admit('one more')).toThrow(expect.objectContaining({ code: 'rate_limit_exceeded' }));
  guess('first 7');
});
