import { writeFileSync } from 'node:fs';

/** What of Jest's results is counted. */
interface Results {
  numPassedTests: number;
  numFailedTests: number;
  numRuntimeErrorTestSuites: number;
  numPendingTests: number;
  numTodoTests: number;
}

/**
 * Ends a Jest run over all projects with one plain line, `724 passed, 0 failed, 3 skipped`, for whoever reads a log. Where
 * `MESH_TEST_SUMMARY` names a file, the line goes there, so that a script can print it after everything else.
 */
export default class SummaryReporter {
  onRunComplete(_contexts: unknown, results: Results): void {
    const line = `${summarise(results)}\n`;
    if (process.env.MESH_TEST_SUMMARY) writeFileSync(process.env.MESH_TEST_SUMMARY, line);
    else process.stdout.write(line);
  }
}

/** A file that could not be run counts as a failure: it has no tests that could. */
export function summarise(results: Results): string {
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  const skipped = results.numPendingTests + results.numTodoTests;
  const line = `${results.numPassedTests} passed, ${failed} failed`;
  return skipped === 0 ? line : `${line}, ${skipped} skipped`;
}
