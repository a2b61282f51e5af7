import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { memoryLog } from '../../../test/support/memory-log.ts';
import { createBackground } from '../../platform/background/background.ts';
import { silentMetrics } from '../../platform/telemetry/telemetry.ts';
import type { Platform } from './platform.ts';
import {
  ANSWER_GRACE_MS,
  createStop,
  LAST_FRAME_MS,
  LAST_RESORT_MS,
  SETTLE_GRACE_MS,
  stopOnSignals,
  stopOnUncaught,
  TELEMETRY_GRACE_MS,
} from './stop.ts';

/** What Cloud Run leaves after SIGTERM. */
const KILLED_AFTER_MS = 10_000;
/** How long each step takes here. */
const STEP_MS = 10;

let log: ReturnType<typeof memoryLog>;
/** What was done, in order: a step begins, and is over. */
let acts: string[];
/** How long the last answer takes, and what a step does instead of what it should. */
let answersMs: number;
let instead: Record<string, () => Promise<void>>;
let stop: (code: number) => Promise<void>;

beforeEach(() => {
  jest.useFakeTimers();
  log = memoryLog();
  acts = [];
  answersMs = STEP_MS;
  instead = {};
  const background = createBackground({ log, metrics: silentMetrics, monotonic: () => performance.now() });
  const platform = {
    log,
    documents: { close: step('documents') },
    events: { close: step('events') },
    secrets: { close: step('secrets') },
    upstream: { close: step('upstream') },
    telemetry: { close: step('telemetry') },
  } as unknown as Platform;
  stop = createStop({
    platform,
    api: { endAll: () => void acts.push('end all') },
    host: { close: step('host') },
    router: { background, close: step('router') },
    exit: (code) => void acts.push(`exit ${code}`),
  });
});
afterEach(() => void jest.useRealTimers());

function step(name: string) {
  return async (graceMs?: number): Promise<void> => {
    acts.push(graceMs === undefined ? name : `${name} ${graceMs}`);
    await instead[name]?.();
    await new Promise((resolve) => setTimeout(resolve, name === 'host' ? answersMs : STEP_MS));
    acts.push(`${name} over`);
  };
}

const whole = [
  `host ${ANSWER_GRACE_MS + LAST_FRAME_MS}`,
  'host over',
  `router ${SETTLE_GRACE_MS}`,
  'router over',
  'upstream',
  'events',
  'secrets',
  `telemetry ${TELEMETRY_GRACE_MS}`,
  'upstream over',
  'events over',
  'secrets over',
  'telemetry over',
  'documents',
  'documents over',
];
const fail = () => Promise.reject(new TypeError('with a secret in it'));
const never = () => new Promise<void>(() => {});
const codes = () => log.lines.map(({ fields }) => [fields.code, fields.job ?? null, fields.error ?? null]);

describe('a router that stops', () => {
  test('ends answers before charges, charges before what carries them, and the store last', async () => {
    void stop(0);
    await jest.advanceTimersByTimeAsync(LAST_RESORT_MS * 2);
    expect(acts).toEqual([...whole, 'exit 0']);
    expect(log.lines).toEqual([]);
  });

  test('ends what still runs shortly before the grace is over, again and again, until no answer is left', async () => {
    answersMs = ANSWER_GRACE_MS + 250;
    void stop(0);
    await jest.advanceTimersByTimeAsync(ANSWER_GRACE_MS - 1);
    expect(acts).toEqual([whole[0]]);
    await jest.advanceTimersByTimeAsync(1);
    expect(acts).toEqual([whole[0], 'end all']);
    await jest.advanceTimersByTimeAsync(LAST_RESORT_MS);
    expect(acts).toEqual([whole[0], 'end all', 'end all', 'end all', ...whole.slice(1), 'exit 0']);
  });

  test.each(['host', 'router', 'upstream', 'events', 'secrets', 'telemetry', 'documents'])(
    'goes on to the end where %s fails, and names it',
    async (name) => {
      instead[name] = fail;
      void stop(0);
      await jest.advanceTimersByTimeAsync(LAST_RESORT_MS);
      expect(acts).toEqual([...whole.filter((act) => act !== `${name} over`), 'exit 0']);
      expect(codes()).toEqual([['background_failed', expect.stringMatching(/^stop_\w+$/), 'TypeError']]);
      expect(JSON.stringify(log.lines)).not.toContain('secret in it');
    },
  );

  test.each(['host', 'router', 'events', 'documents'])('is gone in time where %s hangs, and says so', async (name) => {
    instead[name] = never;
    void stop(0);
    await jest.advanceTimersByTimeAsync(LAST_RESORT_MS - 1);
    expect(acts).not.toContain('exit 1');
    await jest.advanceTimersByTimeAsync(1);
    expect(acts).toContain('exit 1');
    expect(codes()).toEqual([['stop_too_slow', null, null]]);
  });

  test('has limits that fit into each other', () => {
    const inOrder = ANSWER_GRACE_MS + LAST_FRAME_MS + SETTLE_GRACE_MS + TELEMETRY_GRACE_MS;
    expect(inOrder).toBeLessThan(LAST_RESORT_MS);
    expect(LAST_RESORT_MS).toBeLessThan(KILLED_AFTER_MS);
  });
});

/** Listeners as `process` keeps them. */
function listeners() {
  const heard = new Map<string, (thrown: unknown) => void>();
  return {
    on: (event: string, listener: (thrown: unknown) => void) => void heard.set(event, listener),
    emit: (event: string, thrown?: unknown) => heard.get(event)?.(thrown),
  };
}

describe('what the process hears', () => {
  test.each([
    ['SIGTERM', 'SIGTERM'],
    ['SIGINT', 'SIGINT'],
    ['SIGTERM', 'SIGINT'],
  ])('%s stops it, and %s after it changes nothing', async (one, other) => {
    const { on, emit } = listeners();
    stopOnSignals(on, stop);
    emit(one);
    await jest.advanceTimersByTimeAsync(STEP_MS * 1.5);
    emit(other);
    await jest.advanceTimersByTimeAsync(LAST_RESORT_MS);
    expect(acts).toEqual([...whole, 'exit 0']);
  });

  test.each(['uncaughtException', 'unhandledRejection'])('%s is told without its words, and ends it', async (event) => {
    const { on, emit } = listeners();
    stopOnUncaught({ log }, on, stop);
    emit(event, new RangeError('with a secret in it'));
    await jest.advanceTimersByTimeAsync(LAST_RESORT_MS);
    expect(acts).toEqual([...whole, 'exit 1']);
    expect(log.lines.map(({ level, fields }) => [level, fields])).toEqual([
      [
        'error',
        { code: 'uncaught', event, error: 'RangeError', at: expect.stringMatching(/^stop\.test\.ts:\d+:\d+$/) },
      ],
    ]);
    expect(JSON.stringify(log.lines)).not.toContain('secret');
  });

  test('what nobody caught while it stops shows in the code that it ends with', async () => {
    const { on, emit } = listeners();
    stopOnSignals(on, stop);
    stopOnUncaught({ log }, on, stop);
    emit('SIGTERM');
    await jest.advanceTimersByTimeAsync(STEP_MS * 1.5);
    emit('unhandledRejection', undefined);
    emit('SIGTERM');
    await jest.advanceTimersByTimeAsync(LAST_RESORT_MS);
    expect(acts).toEqual([...whole, 'exit 1']);
  });
});
