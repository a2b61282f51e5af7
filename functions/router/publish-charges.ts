import type { Charge, Hold, Posting } from '../core/ledger.ts';
import { MAX_CHARGES_PER_MESSAGE, toUsageEvent, type UsageEvent } from '../core/usage-event.ts';
import type { Events } from '../platform/events/events.ts';
import type { Log } from '../platform/log.ts';

/**
 * Tells the consumers of charges. What was posted together is told of together, in one message. A message that is lost here
 * is published again by the sweep: the outbox documents were written with the charges.
 */
export function createChargePublisher(
  events: Events,
  log: Log,
): (hold: Hold, charge: Charge, posting: Posting) => void {
  let waiting: UsageEvent[] = [];

  function flush(): void {
    const charges = waiting;
    waiting = [];
    for (let at = 0; at < charges.length; at += MAX_CHARGES_PER_MESSAGE) {
      const some = charges.slice(at, at + MAX_CHARGES_PER_MESSAGE);
      const id = String(some[0]?.request_id);
      events.publish('usage', { id, data: { charges: some } }).catch((error) => {
        log.warn('an event could not be published', { request_id: id, error: (error as Error).name });
      });
    }
  }

  return (hold, charge, posting) => {
    if (waiting.length === 0) setImmediate(flush);
    waiting.push(toUsageEvent(hold, charge, posting));
  };
}
