import type { Posted } from '../../core/leases/post-hold.ts';
import type { Fields } from '../../core/store/documents.ts';
import type { Ask } from './ask.ts';
import type { Bill } from './bill.ts';
import type { Delivery } from './delivery.ts';

/** What is known of a request that was charged. */
export interface AnswerReport {
  /** Those of its entry. `requested_model` is the catalogue's name. */
  facts: Fields;
  delivery: Delivery;
  bill: Bill;
  /** Null where the charge was not confirmed in time. */
  posting: Posted | null;
  /** From its arrival to the end of its delivery. */
  totalMs: number;
}

/** Hears what became of each request, after its client has all that it gets. Never throws. */
export interface Reporter {
  answered(ask: Ask, report: AnswerReport): void;
  /** It got no answer; who was asked is in `attempts`. */
  failed(ask: Ask): void;
}
