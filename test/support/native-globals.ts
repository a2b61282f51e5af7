import type * as Jest from '@jest/globals';

export type Globals = Pick<
  typeof Jest,
  'afterAll' | 'afterEach' | 'beforeAll' | 'beforeEach' | 'describe' | 'expect' | 'it' | 'jest' | 'test'
>;

/**
 * What test files import as `@jest/globals` (`native-runtime.ts` sends them here). Jest makes these anew for each file. A module
 * that several files share is evaluated only once, so it has to see the ones of the file that runs: bindings of a module are
 * live. Nobody may keep one in a constant outside of a function.
 */
export let afterAll: Globals['afterAll'];
export let afterEach: Globals['afterEach'];
export let beforeAll: Globals['beforeAll'];
export let beforeEach: Globals['beforeEach'];
export let describe: Globals['describe'];
export let expect: Globals['expect'];
export let it: Globals['it'];
export let jest: Globals['jest'];
export let test: Globals['test'];

/** Called before a test file is loaded. */
export function setGlobals(globals: Globals): void {
  ({ afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest, test } = globals);
}
