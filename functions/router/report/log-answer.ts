import type { Posted } from '../../core/leases/post-hold.ts';
import type { Fields } from '../../core/store/documents.ts';
import type { Log, LogFields } from '../../platform/log.ts';
import type { Ask } from '../way/ask.ts';

/** One line for a request that was charged: the entry's facts that are plain values. `trace`: the fields it is found with. */
export function logAnswer(log: Log, ask: Ask, facts: Fields, posting: Posted | null, trace: LogFields): void {
  // Copied at once: to add some thirty fields one by one costs four times as much.
  const fields: Record<string, unknown> = { request_id: ask.id, settled: posting !== null, ...facts, ...trace };
  if (posting?.lost) fields.lost = true;
  for (const name in facts) {
    const value = facts[name];
    if (typeof value === 'bigint') fields[name] = Number(value);
    else if (typeof value === 'object' && value !== null) fields[name] = undefined;
  }
  log.info('answered', fields as LogFields);
}
