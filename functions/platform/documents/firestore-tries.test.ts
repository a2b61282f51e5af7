import { expect, test } from '@jest/globals';
import { ExpectationFailed, StoreUnavailable } from '../../core/store/documents.ts';
import { FirestoreFailure } from './firestore-failure.ts';
import { FIRST_WAIT_MS, MAX_TRIES, type Patience, tryAgain } from './firestore-tries.ts';

const time = { now: 0 };
const patience = (callLimitMs: number): Patience => ({
  now: () => time.now,
  pause: async (milliseconds) => {
    time.now += milliseconds;
  },
  random: () => 0.999,
  callLimitMs,
});
const failure = (code: string) => new FirestoreFailure(code, code);

test('what never left this process leaves nothing open: a refusal after it is one', async () => {
  const errors = [failure('UNREACHED'), failure('ALREADY_EXISTS')];
  const done = tryAgain(patience(10_000), async () => {
    throw errors.shift();
  });
  await expect(done).rejects.toThrow(ExpectationFailed);
});

test('no try begins after the time is over', async () => {
  time.now = 0;
  let tries = 0;
  const done = tryAgain(patience(2 * FIRST_WAIT_MS), async () => {
    tries++;
    throw failure('UNAVAILABLE');
  });
  await expect(done).rejects.toThrow(StoreUnavailable);
  expect([tries, time.now < 2 * FIRST_WAIT_MS]).toEqual([2, true]);
});

test('no more tries are made than there may be', async () => {
  let tries = 0;
  const done = tryAgain(patience(1_000_000), async () => {
    tries++;
    throw failure('UNAVAILABLE');
  });
  await expect(done).rejects.toThrow(StoreUnavailable);
  expect(tries).toBe(MAX_TRIES);
});

test('what is no failure of the store comes through at once', async () => {
  const done = tryAgain(patience(10_000), async () => {
    throw new TypeError('a mistake');
  });
  await expect(done).rejects.toThrow(TypeError);
});
