import { expect, test } from '@jest/globals';
import { summarise } from './summary-reporter.ts';

const none = {
  numPassedTests: 0,
  numFailedTests: 0,
  numRuntimeErrorTestSuites: 0,
  numPendingTests: 0,
  numTodoTests: 0,
};

test.each([
  [{}, '0 passed, 0 failed'],
  [{ numPassedTests: 724 }, '724 passed, 0 failed'],
  [{ numPassedTests: 7, numFailedTests: 2, numRuntimeErrorTestSuites: 1 }, '7 passed, 3 failed'],
  [{ numPassedTests: 7, numPendingTests: 2, numTodoTests: 1 }, '7 passed, 0 failed, 3 skipped'],
])('%j is %j', (counts, line) => expect(summarise({ ...none, ...counts })).toBe(line));
