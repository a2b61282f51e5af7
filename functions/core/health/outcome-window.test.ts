import { describe, expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import {
  FAILURES_IN_A_ROW,
  MAX_OUTCOMES,
  MIN_OUTCOMES,
  type Outcome,
  OutcomeWindow,
  WINDOW_MS,
} from './outcome-window.ts';

/** `'A.A.B'`: letters are keys; a capital one is a success, a small one a failure. One outcome every `everyMs`. */
function watch(outcomes: string, everyMs = 100): OutcomeWindow {
  const window = new OutcomeWindow();
  let at = 0;
  for (const letter of outcomes) {
    at += everyMs;
    const ok = letter === letter.toUpperCase();
    if (ok) window.answered(at);
    window.record(letter.toUpperCase(), ok ? 'ok' : 'unanswered', at);
  }
  return window;
}
const nothing = { all: 0, failed: 0 };
const repeated = (pattern: string, times: number) => pattern.repeat(times);

describe('an outage', () => {
  test.each([
    ['five failures in a row, at low traffic', repeated('a', FAILURES_IN_A_ROW), 'failures_in_a_row'],
    ['four are not', repeated('a', FAILURES_IN_A_ROW - 1), null],
    ['a success between them starts again', 'aaaaAaaaa', null],
    [
      'five after a good time are one too, so that high traffic does not hide it',
      `${repeated('A', 100)}aaaaa`,
      'failures_in_a_row',
    ],
    ['half of twenty requests', repeated('Aa', MIN_OUTCOMES / 2), 'failure_share'],
    ['nineteen are too few to say', repeated('Aa', 9), null],
    ['less than half is none', repeated('AAa', 20), null],
    ['a brown-out of 20 % that happens to fail five times in a row is none', `${repeated('AAAAa', 12)}aaaa`, null],
    ['nor one that fails eight times, but eleven are', `${repeated('AAAAa', 12)}aaaaaaa`, null],
    ['eleven are', `${repeated('AAAAa', 12)}aaaaaaaaaaa`, 'failures_in_a_row'],
  ])('%s', (_name, outcomes, verdict) => {
    expect(watch(outcomes).verdict(nothing)).toBe(verdict);
  });
});

describe('one key', () => {
  test.each([
    ['that is alone says it all', 'aaaaa', 'failures_in_a_row'],
    ['that always fails says nothing while others succeed', `BBBB${repeated('a', 100)}`, null],
    ['weighs no more for failing more', `${repeated('BaaaaC', 20)}`, null],
    ['that always fails beside a busy healthy one says nothing either', repeated('AAAb', 40), null],
    ['nor where the busy one has a single failure too', `${repeated('AAAb', 15)}abAB`, null],
    ['that always fails says nothing with a single failure of another one', `${repeated('a', 19)}b`, null],
    ['nor when that one came first', `b${repeated('a', 30)}`, null],
    ['that is busy does not hide what half of the requests of all say', repeated('AaAaAaAaBb', 12), 'failure_share'],
    ['does not hide an outage that others have too', `BCD${repeated('aabcd', 3)}`, 'failures_in_a_row'],
  ])('%s', (_name, outcomes, verdict) => {
    expect(watch(outcomes).verdict(nothing)).toBe(verdict);
  });

  test('is alone again when what others did is too old', () => {
    const window = watch('B');
    for (let n = 0; n < FAILURES_IN_A_ROW; n++) window.record('A', 'unanswered', WINDOW_MS + 200 + n);
    expect(window.verdict(nothing)).toBe('failures_in_a_row');
  });
});

describe('many keys, one of them busy and one hostile', () => {
  const hostile = fc.nat(15);
  /** At least four answers, most of them to the busy key, each followed by failures of the hostile one; then a single failure. */
  const stretch = fc.record({
    answers: fc.array(fc.record({ key: fc.nat(60), hostile }), { minLength: 4, maxLength: 12 }),
    failure: fc.option(fc.record({ key: fc.nat(60), broken: fc.boolean(), hostile })),
  });
  /** The busy key has half of them. */
  const nameOf = (key: number) => (key > 30 ? 'busy' : `key_${key}`);
  const traffic = fc.array(stretch, { minLength: 20, maxLength: 60 });

  test('nobody loses an endpoint by another key’s single failure, however much the hostile one fails', () => {
    const property = fc.property(
      traffic,
      fc.integer({ min: 1, max: 60 }),
      fc.boolean(),
      (stretches, everyMs, broken) => {
        const window = new OutcomeWindow();
        let at = 0;
        const see = (key: string, outcome: Outcome) => {
          at += everyMs;
          if (outcome !== 'unanswered') window.answered(at);
          window.record(key, outcome, at);
          // As a fleet that has hardly a failure sees it, a run of failures soon means something.
          return window.verdict({ all: 10_000, failed: 1 });
        };
        const attack = (times: number) =>
          Array.from({ length: times }, () => see('hostile', broken ? 'broken' : 'unanswered'));
        const verdicts = stretches.flatMap(({ answers, failure }) => [
          ...answers.flatMap(({ key, hostile: times }) => [see(nameOf(key), 'ok'), ...attack(times)]),
          ...(failure === null
            ? []
            : [see(nameOf(failure.key), failure.broken ? 'broken' : 'unanswered'), ...attack(failure.hostile)]),
        ]);
        expect(verdicts.filter((verdict) => verdict !== null)).toEqual([]);
      },
    );
    fc.assert(property, { seed: 16, numRuns: 200 });
  });

  test('an outage of all of them is seen, whoever is busiest', () => {
    const property = fc.property(fc.array(fc.nat(60), { minLength: 30, maxLength: 30 }), (keys) => {
      const window = watch(repeated('ABCA', 40));
      for (const [n, key] of keys.entries()) window.record(nameOf(key), 'unanswered', 20_000 + n);
      expect(window.verdict(nothing)).toBe('failures_in_a_row');
    });
    fc.assert(property, { seed: 16, numRuns: 100 });
  });
});

describe('the window', () => {
  test('forgets what is too old', () => {
    const window = watch('aaaa');
    window.record('A', 'ok', WINDOW_MS + 1_000);
    expect(window.size).toBe(1);
  });

  test('keeps one outcome less than one too many', () => {
    expect(watch(repeated('A', MAX_OUTCOMES + 1), 1).size).toBe(MAX_OUTCOMES);
  });

  test('counts right after forgetting', () => {
    const window = watch(`${repeated('a', 40)}${repeated('A', MAX_OUTCOMES)}`, 1);
    expect(window.verdict(nothing)).toBeNull();
    expect(window.run).toBe(0);
  });
});
