import { expect, test } from '@jest/globals';
import { createTimeline } from './timeline.ts';

test('events happen in order of their time, and of asking where that is the same', async () => {
  const timeline = createTimeline();
  const seen: string[] = [];
  for (const time of [50, 10, 30, 10, 20, 40, 30]) timeline.at(time, () => seen.push(`${time}@${timeline.now()}`));
  await timeline.run(35);
  expect(seen).toEqual(['10@10', '10@10', '20@20', '30@30', '30@30']);
  expect(timeline.now()).toBe(35);
});

test('whatever follows from an event by promises alone has followed before the next one', async () => {
  const timeline = createTimeline();
  const seen: string[] = [];
  timeline.at(1, async () => {
    for (let n = 0; n < 100; n++) await null;
    seen.push('first');
    await timeline.pause(5);
    seen.push(`after a pause, ${timeline.now()}`);
  });
  timeline.at(1, () => seen.push('second'));
  await timeline.run(10);
  expect(seen).toEqual(['first', 'second', 'after a pause, 6']);
});

test('what is repeated goes on', async () => {
  const timeline = createTimeline();
  let times = 0;
  timeline.every(10, 3, () => times++);
  await timeline.run(33);
  expect(times).toBe(4);
});
