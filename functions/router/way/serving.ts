import type { Candidate } from '../../core/routing/quote.ts';
import type { Ask } from './ask.ts';
import type { Exchange, Operation, Parsed } from './operation.ts';

/** One request in the hands of its operation. */
export interface Serving<Request, Frame, Whole> {
  ask: Ask;
  operation: Operation<Request, Frame, Whole>;
  parsed: Parsed<Request>;
}

/** How a candidate is asked. Candidates are only those that can be. */
export function exchangeWith<Request, Frame, Whole>(
  { ask, operation, parsed }: Serving<Request, Frame, Whole>,
  { endpoint }: Pick<Candidate, 'endpoint'>,
): Exchange<Frame, Whole> {
  const exchange = operation.exchange(parsed.request, ask, endpoint);
  if (exchange === null) throw new Error('an endpoint was chosen that cannot be asked');
  return exchange;
}
