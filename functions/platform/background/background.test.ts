import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { memoryLog } from '../../../test/support/memory-log.ts';
import { type Background, createBackground, QUIET_MS } from './background.ts';

let log: ReturnType<typeof memoryLog>;
let counted: unknown[][];
let background: Background;
let now: number;
beforeEach(() => {
  jest.useFakeTimers();
  log = memoryLog();
  counted = [];
  now = 0;
  const metrics = { add: (...given: unknown[]) => void counted.push(given), record() {}, observe() {} };
  background = createBackground({ log, metrics, monotonic: () => now });
});
afterEach(() => {
  background.close();
  jest.useRealTimers();
});

/** Everything that JavaScript can throw. */
const thrown: [string, unknown, string][] = [
  ['an error', new TypeError('with a secret in it'), 'TypeError'],
  ['a string', 'with a secret in it', 'string'],
  ['nothing', undefined, 'undefined'],
  ['null', null, 'object'],
];

describe('work that nobody awaits', () => {
  test.each(thrown)('throws %s: it is named and counted, and its words are not', async (_name, value, error) => {
    await background.run('tidy', () => {
      throw value;
    });
    await background.run('sweep', () => Promise.reject(value), { owner_id: 'own_1' });
    expect(counted.map(([name, value, attributes]) => [name, value, attributes])).toEqual([
      ['mesh.background.failures', 1, { 'mesh.job': 'tidy' }],
      ['mesh.background.failures', 1, { 'mesh.job': 'sweep' }],
    ]);
    expect(
      log.lines.map(({ level, fields }) => [level, fields.code, fields.job, fields.error, fields.owner_id]),
    ).toEqual([
      ['error', 'background_failed', 'tidy', error, undefined],
      ['error', 'background_failed', 'sweep', error, 'own_1'],
    ]);
    expect(JSON.stringify(log.lines)).not.toContain('secret');
  });

  test('that fails all the time is counted each time, and told of now and then', async () => {
    const fail = () => background.run('tidy', () => Promise.reject(new Error('no')));
    await fail();
    now = QUIET_MS - 1;
    await fail();
    await fail();
    expect([log.lines.length, counted.length]).toEqual([1, 3]);
    now = QUIET_MS;
    await fail();
    expect(log.lines.at(-1)?.fields).toMatchObject({ job: 'tidy', silent: 2 });
  });
});

test('a promise that was begun elsewhere is looked after as well', async () => {
  await background.run('begun', Promise.reject(new RangeError('with a secret in it')));
  expect(log.lines[0]?.fields).toMatchObject({ job: 'begun', error: 'RangeError' });
});

test('not even a log and metrics that throw reach the process', async () => {
  const broken = () => {
    throw new Error('broken');
  };
  const ports = { log: { info: broken, warn: broken, error: broken }, monotonic: () => now };
  for (const add of [broken, () => {}]) {
    const { run } = createBackground({ ...ports, metrics: { add, record() {}, observe() {} } });
    await expect(run('tidy', broken)).resolves.toBeUndefined();
  }
});

describe('a job', () => {
  test('of an error that cannot be read is done again all the same', async () => {
    let begun = 0;
    const hostile = Object.defineProperty(new Error('x'), 'name', {
      get() {
        throw new Error('hostile');
      },
    });
    background.every({
      name: 'tick',
      everyMs: 100,
      run: () => {
        begun++;
        throw hostile;
      },
    });
    await jest.advanceTimersByTimeAsync(350);
    expect([begun, counted.length]).toEqual([3, 3]);
  });

  test('that is done at once is not begun beside itself when its first interval is over', async () => {
    let begun = 0;
    background.every({
      name: 'slow',
      everyMs: 100,
      atOnce: true,
      run: () => {
        begun++;
        return new Promise(() => {});
      },
    });
    expect(begun).toBe(1);
    await jest.advanceTimersByTimeAsync(350);
    expect(begun).toBe(1);
  });

  test('goes on after a failure, and never while it still runs', async () => {
    let begun = 0;
    let finish: (error: Error) => void = () => {};
    background.every({
      name: 'slow',
      everyMs: 100,
      run: () => {
        begun++;
        return new Promise((_, reject) => {
          finish = reject;
        });
      },
    });
    await jest.advanceTimersByTimeAsync(99);
    expect(begun).toBe(0);
    await jest.advanceTimersByTimeAsync(350);
    expect(begun).toBe(1);
    finish(new Error('no'));
    await jest.advanceTimersByTimeAsync(100);
    expect([begun, counted.length]).toEqual([2, 1]);
  });

  test('is not begun again once all is closed', async () => {
    let begun = 0;
    background.every({ name: 'tick', everyMs: 100, run: () => void begun++ });
    await jest.advanceTimersByTimeAsync(250);
    background.close();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(begun).toBe(2);
  });
});
