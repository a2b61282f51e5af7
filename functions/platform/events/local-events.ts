import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '../log.ts';
import type { Event, EventHandler, Events, Topic } from './events.ts';

/** Deliveries that may wait at once. What is refused is not lost: it stands in the outbox. */
export const MAX_WAITING = 10_000;
/** Tries of one delivery, after which it is left to the outbox. */
export const MAX_TRIES = 8;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 5_000;
/** How long `close` waits for what is being delivered. */
export const CLOSE_LIMIT_MS = 2_000;

export interface LocalEventsOptions {
  /** Who hears of a topic; each gets every event. */
  subscribers: Readonly<Record<Topic, readonly EventHandler[]>>;
  log: Log;
  pause?: (milliseconds: number) => Promise<unknown>;
}

/** Events inside one process: every subscriber gets each event at least once, after the publisher's own turn. */
export function createLocalEvents({ subscribers, log, pause }: LocalEventsOptions): Events {
  const sleep = pause ?? ((milliseconds: number) => wait(milliseconds, undefined, { ref: false }));
  const deliveries = new Set<Promise<void>>();
  let closed = false;

  async function deliver(topic: Topic, event: Event, handle: EventHandler): Promise<void> {
    let retry = FIRST_RETRY_MS;
    for (let tries = 1; tries <= MAX_TRIES && !closed; tries++) {
      try {
        // Never within the publisher's turn, and never one object for two subscribers.
        await sleep(0);
        await handle(structuredClone(event));
        return;
      } catch (error) {
        log.warn('an event was not handled', { topic, id: event.id, tries, error: (error as Error).name });
      }
      await sleep(retry);
      retry = Math.min(retry * 2, LAST_RETRY_MS);
    }
    log.error('an event was given up', { topic, id: event.id });
  }

  return {
    async publish(topic, event) {
      if (closed) throw new Error('Events are closed.');
      if (deliveries.size + subscribers[topic].length > MAX_WAITING) throw new Error('Too many events wait.');
      for (const handle of subscribers[topic]) {
        const delivery = deliver(topic, event, handle);
        deliveries.add(delivery);
        delivery.finally(() => deliveries.delete(delivery));
      }
    },
    async close() {
      await Promise.race([Promise.all(deliveries), wait(CLOSE_LIMIT_MS, undefined, { ref: false })]);
      closed = true;
    },
  };
}
