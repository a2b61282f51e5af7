import type { Candidate } from '../../core/routing/quote.ts';
import type { WholePiece } from '../../formats/shared/facts.ts';
import { readWhole, send } from './exchange.ts';
import type { Exchange, UpstreamText } from './operation.ts';
import type { Services } from './services.ts';

/** The longest whole reply that is taken from an upstream. */
export const MAX_REPLY_BYTES = 64 * 1024 * 1024;

/** Sends what the exchange asks of a candidate, one request after the other, and reads the whole replies. */
export async function fetchWhole<Frame, Whole>(
  services: Services,
  exchange: Exchange<Frame, Whole>,
  candidate: Candidate,
  patienceMs: number,
  signal: AbortSignal,
): Promise<WholePiece<Whole>> {
  const { endpoint } = candidate;
  const { clock, limits } = services;
  const attempt = { endpoint, failure: exchange.failure, streams: false, patienceMs, signal };
  const until = clock.monotonic() + Math.min(patienceMs, limits.whole);
  const replies: UpstreamText[] = [];
  for (const body of exchange.requests(candidate)) {
    const reply = await send(services, attempt, body);
    replies.push({ headers: reply.headers, text: await readWhole(services, reply, MAX_REPLY_BYTES, until) });
  }
  return exchange.whole(replies as [UpstreamText, ...UpstreamText[]]);
}
