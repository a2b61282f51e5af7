import type { Charge, Hold, Posting } from '../../core/ledger/holds.ts';
import { MAX_CHARGES_PER_MESSAGE, toUsageEvent, type UsageEvent } from '../../core/ledger/usage-event.ts';
import type { Background } from '../../platform/background/background.ts';
import { type Events, USAGE_TOPIC } from '../../platform/events/events.ts';
import { encodeTraceparent } from '../../platform/telemetry/trace-context.ts';

/** How long charges wait for company: one message of many costs its consumers little more than one of one. Milliseconds. */
export const GATHER_MS = 100;

export interface ChargePublisher {
  /** `leaseId`: the lease that numbered the charge. */
  publish(hold: Hold, charge: Charge, posting: Posting, leaseId?: string): void;
  /** Sends what waits, now. */
  flush(): void;
}

/**
 * Tells the consumers of charges, of many in one message. A message that is lost here is published again by the sweep: the
 * outbox documents were written with the charges. A charge whose trace is followed has a message of its own, so that the
 * trace goes on with it.
 */
export function createChargePublisher(events: Pick<Events, 'publish'>, background: Background): ChargePublisher {
  let waiting: UsageEvent[] = [];
  let timer: NodeJS.Timeout | null = null;

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const charges = waiting;
    waiting = [];
    if (charges.length > 0) send(charges);
  }

  function send(charges: readonly UsageEvent[], trace: Charge['trace'] = null): void {
    const id = String(charges[0]?.request_id);
    const traced = trace === null ? {} : { trace: encodeTraceparent(trace) };
    const publish = () => events.publish(USAGE_TOPIC, { id, data: { charges }, ...traced });
    void background.run('publish_charges', publish, { request_id: id });
  }

  return {
    publish(hold, charge, posting, leaseId) {
      const event = toUsageEvent(hold, charge, posting, leaseId);
      if (charge.trace) {
        send([event], charge.trace);
        return;
      }
      waiting.push(event);
      if (waiting.length >= MAX_CHARGES_PER_MESSAGE) flush();
      else timer ??= setTimeout(flush, GATHER_MS).unref();
    },
    flush,
  };
}
