import { expect, test } from '@jest/globals';
import { memoryLog, silentLog } from '../../../test/support/memory-log.ts';
import type { Event, EventHandler } from './events.ts';
import { describeEvents } from './events-contract.ts';
import { createLocalEvents, FIRST_RETRY_MS, LAST_RETRY_MS, MAX_TRIES, MAX_WAITING } from './local-events.ts';

const event = (id: string): Event => ({ id, data: { request_id: id } });
const noPause = () => new Promise<void>((resolve) => setImmediate(resolve));
const open = (usage: EventHandler[], log = silentLog, pause: (milliseconds: number) => Promise<unknown> = noPause) =>
  createLocalEvents({ subscribers: { usage }, log, pause });

describeEvents('events in process', async (handlers) => open(handlers));

test('every subscriber and every try has an event of its own, which nobody else can spoil', async () => {
  const heard: Event[] = [];
  const asHeard: unknown[] = [];
  const spoil: EventHandler = async (given) => {
    heard.push(given);
    asHeard.push(given.data.request_id);
    (given.data as Record<string, unknown>).request_id = 'spoilt';
    if (heard.length === 1) throw new Error('not now');
  };
  const events = open([spoil, spoil]);
  const sent = event('a');
  await events.publish('usage', sent);
  await events.close();
  expect(asHeard).toEqual(['a', 'a', 'a']);
  expect(new Set([sent, ...heard]).size).toBe(4);
  expect(sent).toEqual(event('a'));
});

test('nothing is handled in the turn of whoever publishes', async () => {
  let handled = false;
  const events = open([
    async () => {
      handled = true;
    },
  ]);
  await events.publish('usage', event('a'));
  expect(handled).toBe(false);
  await events.close();
  expect(handled).toBe(true);
});

test('the waits between tries double up to a limit, and none follows the last try', async () => {
  const pauses: number[] = [];
  const pause = (milliseconds: number) => {
    pauses.push(milliseconds);
    return noPause();
  };
  const events = open([() => Promise.reject(new Error('never'))], silentLog, pause);
  await events.publish('usage', event('a'));
  await events.close();
  expect(pauses).toHaveLength(MAX_TRIES);
  expect(pauses.slice(0, 4)).toEqual([0, FIRST_RETRY_MS, FIRST_RETRY_MS * 2, FIRST_RETRY_MS * 4]);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(LAST_RETRY_MS);
});

test.each([
  ['an error', new Error('secret words')],
  ['a text', 'secret words'],
  ['null', null],
])('an event that always fails with %s is given up by its id, without its content', async (_, thrown) => {
  const log = memoryLog();
  let tries = 0;
  const fail = async () => {
    tries++;
    throw thrown;
  };
  const events = open([fail], log);
  await events.publish('usage', { id: 'a', data: { text: 'secret words' } });
  await events.close();
  expect(tries).toBe(MAX_TRIES);
  expect(log.lines.at(-1)).toEqual({
    level: 'error',
    message: 'an event was given up',
    fields: { topic: 'usage', id: 'a' },
  });
  expect(JSON.stringify(log.lines)).not.toContain('secret words');
});

test('whoever wants to know hears of what was given up, and may fail at it', async () => {
  const told: unknown[] = [];
  const events = createLocalEvents({
    subscribers: { usage: [() => Promise.reject(new Error('never'))] },
    log: silentLog,
    pause: noPause,
    onGivenUp: async (topic, given) => {
      told.push([topic, given]);
      throw new Error('nobody is there');
    },
  });
  await events.publish('usage', event('a'));
  await events.close();
  expect(told).toEqual([['usage', event('a')]]);
});

test('the queue has an end', async () => {
  const events = open([async () => {}], silentLog, () => new Promise<void>(() => {}));
  for (let n = 0; n < MAX_WAITING; n++) await events.publish('usage', event(String(n)));
  await expect(events.publish('usage', event('one more'))).rejects.toThrow('Too many events wait.');
});

test('closing waits for what is being handled, but not for ever, and then nothing is tried again', async () => {
  let finish = () => {};
  const slow = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let tries = 0;
  let fail = () => {};
  const failing = new Promise<void>((_, reject) => {
    fail = () => reject(new Error('too late'));
  });
  const tryLate = () => {
    tries++;
    return failing;
  };
  const events = open([() => slow, tryLate]);
  await events.publish('usage', event('a'));
  const done: string[] = [];
  const closing = events.close().then(() => done.push('closed'));
  await noPause();
  expect(done).toEqual([]);
  finish();
  done.push('handled');
  await closing;
  expect(done).toEqual(['handled', 'closed']);
  fail();
  await noPause();
  await noPause();
  expect(tries).toBe(1);
});
