import { afterEach, describe, expect, test } from '@jest/globals';
import type { Event, EventHandler, Events } from './events.ts';

/** Long enough for an emulator on a slow machine to send again what was refused. */
const DELIVERY_LIMIT_MS = 60_000;
const CROWD = 200;

/**
 * What every adapter of `Events` must do. `open` connects the topic `usage` to the handlers, each of which is a subscriber
 * of its own; its `close` also takes away what was set up for the test.
 */
export function describeEvents(name: string, open: (handlers: EventHandler[]) => Promise<Events>): void {
  describe(name, () => {
    let events: Events | undefined;
    afterEach(async () => {
      await events?.close();
      events = undefined;
    });

    test('what is published arrives as it was, under its id', async () => {
      const sent = {
        id: 'req_01J',
        data: {
          cost: '9007199254740993.000000001',
          text: 'नमस्ते 🙏 "quoted"',
          none: null,
          nested: { list: [1, true, {}] },
        },
      };
      const inbox = createInbox();
      events = await open([inbox.handle]);
      await events.publish('usage', sent);
      await inbox.until(1);
      expect(inbox.received[0]).toEqual(sent);
    });

    test(
      'what was not handled comes again under the same id, and only to whom it failed',
      async () => {
        const sound = createInbox();
        const shaky = createInbox({ refuse: 2 });
        events = await open([sound.handle, shaky.handle]);
        await events.publish('usage', { id: 'a', data: { n: 1 } });
        await Promise.all([sound.until(1), shaky.until(1)]);
        expect(shaky.refused).toEqual([
          { id: 'a', data: { n: 1 } },
          { id: 'a', data: { n: 1 } },
        ]);
        expect(shaky.received).toEqual([{ id: 'a', data: { n: 1 } }]);
        expect(sound.received).toEqual([{ id: 'a', data: { n: 1 } }]);
      },
      DELIVERY_LIMIT_MS,
    );

    test(
      'an event that always fails does not hold up another',
      async () => {
        const inbox = createInbox();
        events = await open([
          async (event) => {
            if (event.id === 'bad') throw new Error('never');
            await inbox.handle(event);
          },
        ]);
        await events.publish('usage', { id: 'bad', data: {} });
        await events.publish('usage', { id: 'good', data: {} });
        await inbox.until(1);
        expect(inbox.received.map(({ id }) => id)).toEqual(['good']);
      },
      DELIVERY_LIMIT_MS,
    );

    test('publishing does not wait for whoever handles', async () => {
      let release = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const inbox = createInbox();
      events = await open([
        async (event) => {
          await held;
          await inbox.handle(event);
        },
      ]);
      await events.publish('usage', { id: 'a', data: {} });
      expect(inbox.received).toEqual([]);
      release();
      await inbox.until(1);
    });

    test(
      'of many published at once none is lost',
      async () => {
        const inbox = createInbox();
        events = await open([inbox.handle]);
        const ids = Array.from({ length: CROWD }, (_, n) => `event-${n}`);
        const { publish } = events;
        await Promise.all(ids.map((id) => publish('usage', { id, data: { id } })));
        await inbox.until(CROWD);
        expect(new Set(inbox.received.map(({ id }) => id))).toEqual(new Set(ids));
        expect(inbox.received.every(({ id, data }) => data.id === id)).toBe(true);
      },
      DELIVERY_LIMIT_MS,
    );

    test('after closing, publishing says that it is too late', async () => {
      const closed = await open([async () => {}]);
      await closed.close();
      await expect(closed.publish('usage', { id: 'late', data: {} })).rejects.toThrow('Events are closed.');
    });
  });
}

interface Inbox {
  handle: EventHandler;
  received: Event[];
  /** Those that were thrown back. */
  refused: Event[];
  /** Resolves when that many different events were handled. */
  until(count: number): Promise<void>;
}

/** A subscriber that throws back the first `refuse` events and keeps the rest. */
function createInbox({ refuse = 0 } = {}): Inbox {
  const received: Event[] = [];
  const refused: Event[] = [];
  const waiting = new Set<() => void>();
  const distinct = () => new Set(received.map(({ id }) => id)).size;
  return {
    received,
    refused,
    async handle(event) {
      if (refused.length < refuse) {
        refused.push(event);
        throw new Error('not now');
      }
      received.push(event);
      for (const look of waiting) look();
    },
    until: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (distinct() < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}
