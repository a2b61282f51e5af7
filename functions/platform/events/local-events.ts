import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '../log.ts';
import { encodeEventData } from './event-json.ts';
import type { Event, EventHandler, Events, Topic } from './events.ts';
import { waitAtMost } from './wait-at-most.ts';

/** Deliveries that may wait at once. What is refused is not lost: it stands in the outbox. */
export const MAX_WAITING = 10_000;
/** Tries of one delivery, after which it is left to the outbox. */
export const MAX_TRIES = 8;
/** The first wait between two tries, doubled after each, and the longest. */
export const FIRST_RETRY_MS = 50;
export const LAST_RETRY_MS = 5_000;
/** How long `close` waits for what is being delivered. */
export const CLOSE_LIMIT_MS = 2_000;

export interface LocalEventsOptions {
  /** Who hears of a topic; each gets every event. */
  subscribers: Readonly<Partial<Record<Topic, readonly EventHandler[]>>>;
  log: Log;
  /** Hears of an event that one of its subscribers failed to handle again and again. */
  onGivenUp?: (topic: Topic, event: Event) => Promise<void>;
  pause?: (milliseconds: number) => Promise<unknown>;
}

/**
 * Events inside one process: every subscriber gets each event at least once, after the publisher's own turn, and as many at a time
 * as come.
 */
export function createLocalEvents({
  subscribers,
  log,
  onGivenUp = async () => {},
  pause = sleep,
}: LocalEventsOptions): Events {
  const deliveries = new Set<Promise<void>>();
  let state: 'open' | 'closing' | 'closed' = 'open';

  async function deliver(topic: Topic, event: Event, json: string, handle: EventHandler): Promise<void> {
    // Never within the publisher's turn.
    let retry = 0;
    for (let tries = 1; tries <= MAX_TRIES && state !== 'closed'; tries++) {
      await pause(retry);
      try {
        // Never one object for two subscribers, nor for two tries; and JSON, which is all that a broker carries.
        await handle({ ...event, data: JSON.parse(json) as Event['data'] });
        return;
      } catch (error) {
        log.warn('an event was not handled', { topic, id: event.id, tries, error: nameOf(error) });
      }
      retry = Math.min(Math.max(retry * 2, FIRST_RETRY_MS), LAST_RETRY_MS);
    }
    log.error('an event was given up', { topic, id: event.id });
    await onGivenUp(topic, event).catch((error) => log.error('nobody could be told', { error: nameOf(error) }));
  }

  return {
    async publish(topic, event) {
      if (state !== 'open') throw new Error('Events are closed.');
      const handlers = subscribers[topic] ?? [];
      if (deliveries.size + handlers.length > MAX_WAITING) throw new Error('Too many events wait.');
      const json = encodeEventData(event.data);
      for (const handle of handlers) {
        const delivery = deliver(topic, event, json, handle).finally(() => deliveries.delete(delivery));
        deliveries.add(delivery);
      }
    },
    async close() {
      state = 'closing';
      await waitAtMost(Promise.all(deliveries), CLOSE_LIMIT_MS);
      state = 'closed';
    },
  };
}

/** A wait for the next try holds up no process that has nothing else to do. */
function sleep(milliseconds: number): Promise<unknown> {
  return wait(milliseconds, undefined, { ref: false });
}

/** What may be told of an error, whose message may quote content. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
