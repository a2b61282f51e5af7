import { beforeEach, expect, test } from '@jest/globals';
import { createVirtualTime, type VirtualTime } from '../../../test/support/virtual-time.ts';
import { noChange, type Step } from './lease-step.ts';
import { StepLine } from './step-line.ts';

const WAIT_MS = 250;

let time: VirtualTime;
/** When something was due. */
let woken: number[];
let line: StepLine;

beforeEach(() => {
  time = createVirtualTime();
  woken = [];
  line = open(WAIT_MS);
});

function open(waitMs: number): StepLine {
  return new StepLine({ monotonic: time.now, pause: time.pause, waitMs }, () => woken.push(time.now()));
}

const step = (held: bigint): Step => ({
  writes: [],
  post: null,
  begins: { held, running: 1 },
  anyway: noChange,
  resolve() {},
  reject() {},
});
const held = (steps: readonly Step[]) => steps.map(({ begins }) => begins.held);
const pass = (milliseconds: number) => time.until(time.pause(milliseconds));

test('what may wait is due when its time is over, and not before', async () => {
  line.add(step(1n), true);
  await pass(WAIT_MS - 1);
  expect([line.isDue, line.length]).toEqual([false, 1]);
  await pass(1);
  expect([line.isDue, woken]).toEqual([true, [WAIT_MS]]);
  expect(held(line.take(9))).toEqual([1n]);
  expect(line.isDue).toBe(false);
});

test('it goes along with what may not, and what comes after that has all of its own time', async () => {
  line.add(step(1n), true);
  await pass(100);
  line.add(step(2n), false);
  expect([line.isDue, line.need]).toEqual([true, 3n]);
  expect(held(line.take(9))).toEqual([1n, 2n]);
  line.add(step(3n), true);
  await pass(WAIT_MS - 1);
  expect(line.isDue).toBe(false);
  await pass(1);
  expect(woken).toEqual([100, 100 + WAIT_MS]);
});

test('it waits no longer where somebody needs it', () => {
  line.add(step(1n), true);
  line.hasten();
  expect([line.isDue, woken]).toEqual([true, [0]]);
});

test('of more than one commit takes, the rest is due too', () => {
  line.add(step(1n), true);
  line.add(step(2n), true);
  line.add(step(3n), false);
  expect(held(line.take(2))).toEqual([1n, 2n]);
  expect(line.isDue).toBe(true);
});

test('nothing waits where the wait is nothing', () => {
  line = open(0);
  line.add(step(1n), true);
  expect(line.isDue).toBe(true);
});

test('nobody is woken where there is nothing', () => {
  line.hasten();
  expect([line.isDue, woken]).toEqual([false, []]);
});
