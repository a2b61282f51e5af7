import { expect, test } from '@jest/globals';
import { readBenchOptions } from './bench-options.ts';
import { judge } from './goals.ts';
import type { Measure } from './measure-window.ts';
import type { Results } from './results.ts';
import { startTimeLimit, TimeIsUp } from './time-limit.ts';
import { inWords, planTime } from './time-plan.ts';

const planOf = (...args: string[]) => planTime(readBenchOptions(args));

/** Of a run that measured everything it was to. */
function measured(...args: string[]): Results {
  const { cases, variants } = readBenchOptions(args);
  const quantiles = { p50: 1, p99: 1 };
  const whole: Measure = {
    requestsPerSecond: 1,
    cpuPerRequestUs: 1,
    cpuPerChunkUs: 1,
    chunksPerSecond: 1,
    gatewayLoad: 1,
    generatorLoad: 1,
    latencyMs: quantiles,
    firstByteMs: quantiles,
    rssBytes: 1,
    requests: 1,
  };
  const results = cases.flatMap((each) =>
    each.variants
      .filter((name) => variants.some((variant) => variant === name))
      .map((variant) => ({ case: each, variant, rounds: [whole] })),
  );
  return { results, idleRssBytes: new Map(), coldStart: { firstAnswerMs: [1], firstReplyMs: [1] } };
}

test('a first look measures every goal, and so does a whole run', () => {
  for (const args of [['--quick'], []]) {
    const unmeasured = judge(measured(...args)).filter(({ reached }) => reached === null);
    expect(unmeasured.map(({ text }) => text)).toEqual([]);
  }
});

test('a first look takes a minute and a half, and is ended within five minutes', () => {
  const { expectedMs, limitMs } = planOf('--quick');
  expect(expectedMs).toBeLessThanOrEqual(90_000);
  expect(limitMs).toBeLessThanOrEqual(300_000);
});

test('a whole run takes longer by each round, case and gateway, and is ended too', () => {
  const whole = planOf();
  expect(whole.limitMs).toBeLessThan(4_800_000);
  expect(planOf('--rounds', '4').expectedMs).toBeGreaterThan(whole.expectedMs);
  expect(planOf('--no-litellm').expectedMs).toBeLessThan(whole.expectedMs);
  expect(planOf('--case', 'whole-1,whole-16').expectedMs).toBeGreaterThan(planOf('--case', 'whole-1').expectedMs);
});

test('how long is said in seconds, and from two minutes on in minutes', () => {
  expect([inWords(89_001), inWords(119_000), inWords(120_000), inWords(121_000)]).toEqual([
    '90 s',
    '119 s',
    '2 min',
    '3 min',
  ]);
});

test('whoever waits for what never comes goes on when the time is up', async () => {
  const limit = startTimeLimit(1);
  await expect(limit.within(new Promise(() => {}))).rejects.toThrow(TimeIsUp);
  await expect(limit.within(new Promise(() => {}))).rejects.toThrow(TimeIsUp);
});

test('what comes in time is not touched', async () => {
  const limit = startTimeLimit(60_000);
  expect(await limit.within(Promise.resolve('here'))).toBe('here');
  limit.clear();
});
