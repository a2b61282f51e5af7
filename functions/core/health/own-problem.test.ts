import { beforeEach, describe, expect, test } from '@jest/globals';
import { OWN_PROBLEM_MS, OwnProblem } from './own-problem.ts';

let time: number;
let problem: OwnProblem;
beforeEach(() => {
  time = 0;
  problem = new OwnProblem(() => time);
});

function fail(providers: string, times: number): void {
  for (let n = 0; n < times; n++) for (const provider of providers) problem.failed(provider);
}

describe('an instance has a problem of its own', () => {
  test('where three providers fail again', () => {
    fail('abc', 2);
    expect(problem.isThere).toBe(true);
  });

  test('and not where two do, however often', () => {
    fail('ab', 100);
    expect(problem.isThere).toBe(false);
  });

  test('and not where each has failed once', () => {
    fail('abcdef', 1);
    expect(problem.isThere).toBe(false);
  });

  test('and not once one of three has succeeded', () => {
    fail('abc', 2);
    problem.succeeded('b');
    expect(problem.isThere).toBe(false);
    fail('b', 1);
    expect(problem.isThere).toBe(false);
  });

  test('as long as their failures are not too long ago', () => {
    fail('a', 2);
    time = OWN_PROBLEM_MS;
    fail('bc', 2);
    expect(problem.isThere).toBe(true);
    time++;
    expect(problem.isThere).toBe(false);
  });
});
