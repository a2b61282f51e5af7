import { setImmediate as nextTurn } from 'node:timers/promises';

/** For how long work keeps the event loop before others get a turn. Milliseconds. */
export const SLICE_MS = 2;

/** Long work is done one after the other: together it would only share the same time, and need all its memory at once. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Does work that stops now and then, so that nobody waits long for it: what is short is done at once. On the event loop, since
 * what a worker thread makes has to be built again here, in one go. Throws what the work or `check` throws, which is asked
 * before each further slice.
 */
export async function inSlices<Result>(work: Iterator<unknown, Result>, check = () => {}): Promise<Result> {
  const first = runSlice(work);
  if (first.done) return first.value;
  const whole = last.then(async () => {
    for (;;) {
      await nextTurn();
      check();
      const slice = runSlice(work);
      if (slice.done) return slice.value;
    }
  });
  last = whole.catch(() => {});
  const result = await whole;
  // What follows takes its time at once.
  await nextTurn();
  return result;
}

function runSlice<Result>(work: Iterator<unknown, Result>): IteratorResult<unknown, Result> {
  const until = performance.now() + SLICE_MS;
  for (;;) {
    const step = work.next();
    if (step.done || performance.now() >= until) return step;
  }
}
