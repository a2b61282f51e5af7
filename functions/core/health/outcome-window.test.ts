import { describe, expect, test } from '@jest/globals';
import { FAILURES_IN_A_ROW, MAX_OUTCOMES, MIN_OUTCOMES, OutcomeWindow, WINDOW_MS } from './outcome-window.ts';

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
