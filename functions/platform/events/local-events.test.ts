import { describe, expect, test } from '@jest/globals';
import { memoryLog, silentLog } from '../../../test/support/memory-log.ts';
import type { Event, EventHandler } from './events.ts';
import { createLocalEvents, MAX_TRIES, MAX_WAITING } from './local-events.ts';

const event = (id: string): Event => ({ id, data: { request_id: id } });
const noPause = () => new Promise<void>((resolve) => setImmediate(resolve));
const open = (usage: EventHandler[], log = silentLog) =>
  createLocalEvents({ subscribers: { usage }, log, pause: noPause });

describe('events in process', () => {
  test('every subscriber gets every event, as an object of its own', async () => {
    const heard: Event[][] = [[], []];
    const events = open(heard.map((list) => async (each: Event) => void list.push(each)));
    const sent = event('a');
    await events.publish('usage', sent);
    await events.publish('usage', event('b'));
    await events.close();
    expect(heard.map((list) => list.map(({ id }) => id).sort())).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(heard[0]?.[0]).not.toBe(sent);
    expect(heard[0]?.[0]).not.toBe(heard[1]?.[0]);
  });

  test('publishing does not wait for anybody', async () => {
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

  test('an event that failed comes again, and only to whom it failed', async () => {
    const tries = { shaky: 0, sound: 0 };
    const events = open([
      async () => {
        if (++tries.shaky < 3) throw new Error('not now');
      },
      async () => void tries.sound++,
    ]);
    await events.publish('usage', event('a'));
    await events.close();
    expect(tries).toEqual({ shaky: 3, sound: 1 });
  });

  test('an event that always fails is given up by its id, without its content', async () => {
    const log = memoryLog();
    let tries = 0;
    const events = open(
      [
        async () => {
          tries++;
          throw new Error('secret words');
        },
      ],
      log,
    );
    await events.publish('usage', event('a'));
    await events.close();
    expect(tries).toBe(MAX_TRIES);
    expect(log.lines.at(-1)).toEqual({
      level: 'error',
      message: 'an event was given up',
      fields: { topic: 'usage', id: 'a' },
    });
    expect(JSON.stringify(log.lines)).not.toContain('secret words');
  });

  test('the queue has an end', async () => {
    const events = createLocalEvents({
      subscribers: { usage: [async () => {}] },
      log: silentLog,
      pause: () => new Promise(() => {}),
    });
    for (let n = 0; n < MAX_WAITING; n++) await events.publish('usage', event(String(n)));
    await expect(events.publish('usage', event('one more'))).rejects.toThrow('Too many events wait.');
  });
});
