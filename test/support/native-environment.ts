import type { EnvironmentContext, JestEnvironment, JestEnvironmentConfig } from '@jest/environment';
import { ModernFakeTimers } from '@jest/fake-timers';
import { ModuleMocker } from 'jest-mock';

/** What `jest.setTimeout` and `jest.retryTimes` set, for a file. */
const OPTIONS = [
  'TEST_TIMEOUT_SYMBOL',
  'RETRY_TIMES',
  'LOG_ERRORS_BEFORE_RETRY',
  'WAIT_BEFORE_RETRY',
  'RETRY_IMMEDIATELY',
].map((name) => Symbol.for(name));

/**
 * Tests run in the worker's own globals instead of a context for each file. What Jest and a file change of them is put back
 * when the file has ended: globals such as the console and timers, variables of the environment, mocks.
 */
export default class NativeEnvironment implements JestEnvironment {
  readonly global = globalThis as unknown as JestEnvironment['global'];
  readonly moduleMocker = new ModuleMocker(globalThis);
  readonly fakeTimers = null;
  readonly fakeTimersModern: ModernFakeTimers;
  readonly #globals = Object.entries(Object.getOwnPropertyDescriptors(globalThis)).filter(([, { value }]) => value);
  readonly #variables = { ...process.env };
  readonly #exit = process.exit;
  readonly #getBuiltinModule = process.getBuiltinModule;

  constructor({ projectConfig }: JestEnvironmentConfig, _context: EnvironmentContext) {
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
  }

  async setup(): Promise<void> {
    // Jest's runtime has put its own module loader in its place.
    process.getBuiltinModule = this.#getBuiltinModule;
  }

  async teardown(): Promise<void> {
    this.fakeTimersModern.dispose();
    for (const [name, { value }] of this.#globals) {
      if (Reflect.get(globalThis, name) !== value) Reflect.set(globalThis, name, value);
    }
    process.exit = this.#exit;
    for (const name of Object.keys(process.env)) if (!Object.hasOwn(this.#variables, name)) delete process.env[name];
    Object.assign(process.env, this.#variables);
    for (const option of OPTIONS) Reflect.deleteProperty(globalThis, option);
  }

  exportConditions(): string[] {
    return ['node', 'node-addons'];
  }

  /** There is none: whatever would need one fails. */
  getVmContext(): null {
    return null;
  }
}
