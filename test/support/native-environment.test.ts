import { expect, jest, test } from '@jest/globals';
import NativeEnvironment from './native-environment.ts';

/** What a file finds after another one has run `act` in the same worker. */
async function after(act: () => void): Promise<void> {
  const settings = { projectConfig: { fakeTimers: {} } } as ConstructorParameters<typeof NativeEnvironment>[0];
  const environment = new NativeEnvironment(settings, { console, docblockPragmas: {}, testPath: '' });
  await environment.setup();
  try {
    act();
  } finally {
    await environment.teardown();
  }
}

test('variables of the environment are those from before', async () => {
  process.env.MESH_CHANGED = 'before';
  process.env.MESH_DELETED = 'before';
  await after(() => {
    process.env.MESH_NEW = 'new';
    process.env.MESH_CHANGED = 'changed';
    delete process.env.MESH_DELETED;
  });
  expect(process.env).toMatchObject({ MESH_CHANGED: 'before', MESH_DELETED: 'before' });
  expect(process.env).not.toHaveProperty('MESH_NEW');
});

test('globals are those from before', async () => {
  const before = { console, exit: process.exit, setTimeout, setInterval, setImmediate, Date };
  await after(() => {
    globalThis.console = Object.create(console);
    process.exit = (() => {}) as typeof process.exit;
    globalThis.setTimeout = (() => 0) as unknown as typeof setTimeout;
    globalThis.Date = class extends Date {} as DateConstructor;
  });
  expect({ console, exit: process.exit, setTimeout, setInterval, setImmediate, Date }).toEqual(before);
});

test('how long a test may take, and how often it is tried, are the defaults', async () => {
  const options = () => ['TEST_TIMEOUT_SYMBOL', 'RETRY_TIMES'].map((name) => Reflect.get(globalThis, Symbol.for(name)));
  await after(() => {
    jest.setTimeout(1);
    jest.retryTimes(9);
    expect(options()).toEqual([1, 9]);
  });
  expect(options()).toEqual([undefined, undefined]);
});
