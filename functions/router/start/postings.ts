import type { LiveHold } from '../../core/leases/hold-state.ts';
import type { Posted } from '../../core/leases/post-hold.ts';
import type { Charge, Posting } from '../../core/ledger/holds.ts';
import type { Fields } from '../../core/store/documents.ts';
import type { Background } from '../../platform/background/background.ts';
import type { Events } from '../../platform/events/events.ts';
import type { Log } from '../../platform/log.ts';
import type { Metrics } from '../../platform/telemetry/telemetry.ts';
import { measurePosting } from './measure-state.ts';
import { createChargePublisher } from './publish-charges.ts';

export interface PostingsOptions {
  log: Log;
  metrics: Metrics;
  events: Pick<Events, 'publish'>;
  background: Background;
  /** Endpoints that once billed more than was metered: the one is added that did. */
  unmetered: Set<string>;
}

/** What is done about a charge once it is in the store: measured, told to the consumers, and where it is odd, said. */
export interface Postings {
  posted(hold: LiveHold, charge: Charge, posted: Posted): void;
  /** A request that failed is counted like a charge of nothing. */
  failed(hold: LiveHold, facts: Fields): void;
  /** Tells the consumers now what still waits for company. */
  flush(): void;
}

const nothing: Posting = { amount: 0n, overage: 0n, writtenOff: 0n };

export function createPostings({ log, metrics, events, background, unmetered }: PostingsOptions): Postings {
  const charges = createChargePublisher(events, background);
  return {
    posted(hold, charge, posted) {
      measurePosting(metrics, hold, posted);
      const facts = { request_id: hold.requestId, endpoint: String(charge.facts.endpoint) };
      if (posted.lost) {
        log.error('an answer was not charged: its lease had ended', facts);
        return;
      }
      if (posted.overage + posted.writtenOff > 0n) {
        log.error('a cost went beyond its hold', { ...facts, written_off: String(posted.writtenOff) });
        // Nothing is said of metering by a hold that was short, nor by a report that cannot be true: the next ones are doubted.
        if (!hold.short && charge.facts.basis !== 'capped') unmetered.add(facts.endpoint);
      }
      charges.publish(hold, charge, posted, hold.leaseId);
    },
    failed: (hold, facts) => charges.publish(hold, { cost: 0n, facts }, nothing),
    flush: () => charges.flush(),
  };
}
