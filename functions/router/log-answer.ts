import type { Fields } from '../core/documents.ts';
import type { Posted } from '../core/leases.ts';
import type { Log, LogFields } from '../platform/log.ts';
import type { Call } from './call.ts';

/** One line for a request that was charged: the entry's facts that are plain values. `trace`: the fields it is found with. */
export function logAnswer(log: Log, call: Call, facts: Fields, posting: Posted | null, trace: LogFields): void {
  const plain: Record<string, LogFields[string]> = {};
  for (const [name, value] of Object.entries(facts)) {
    if (typeof value === 'bigint') plain[name] = Number(value);
    else if (typeof value === 'string' || typeof value === 'boolean' || value === null) plain[name] = value;
  }
  log.info('answered', {
    request_id: call.requestId,
    settled: posting !== null,
    ...(posting?.lost ? { lost: true } : {}),
    ...plain,
    ...trace,
  });
}
