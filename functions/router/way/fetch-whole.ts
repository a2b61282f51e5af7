import type { Candidate } from '../../core/routing/quote.ts';
import type { WholePiece } from '../../formats/shared/facts.ts';
import { readWhole, send } from './exchange.ts';
import type { Exchange, UpstreamText, WholeExchange, WholeReader } from './operation.ts';
import type { Services } from './services.ts';

/** The longest whole reply that is taken from an upstream. */
export const MAX_REPLY_BYTES = 64 * 1024 * 1024;
/** Of several requests that one candidate is asked, so many run side by side. */
export const MAX_PARTS_AT_ONCE = 8;

/**
 * Sends what the exchange asks of a candidate and reads the whole replies. The first request that fails ends all the others:
 * nothing is left running, and nothing of what they brought is kept. Each request has `patienceMs`, all together the limit of
 * a whole reply.
 */
export async function fetchWhole<Frame, Whole>(
  services: Services,
  exchange: Exchange<Frame, Whole>,
  candidate: Candidate,
  patienceMs: number,
  signal: AbortSignal,
): Promise<WholePiece<Whole>> {
  const { endpoint } = candidate;
  const { clock, limits } = services;
  const end = clock.monotonic() + limits.whole;
  const bodies = exchange.requests(candidate);
  const reader = 'reader' in exchange ? exchange.reader() : keeping(exchange);
  const failed = new AbortController();
  const attempt = {
    endpoint,
    failure: exchange.failure,
    streams: false,
    patienceMs,
    signal: bodies.length === 1 ? signal : AbortSignal.any([signal, failed.signal]),
  };
  const left = bodies.entries();

  async function work(): Promise<void> {
    for (const [at, body] of left) {
      const until = Math.min(end, clock.monotonic() + patienceMs);
      const reply = await send(services, attempt, body);
      const text = await readWhole(services, reply, MAX_REPLY_BYTES, until);
      await reader.read({ headers: reply.headers, text }, at);
    }
  }

  const workers = Array.from({ length: Math.min(bodies.length, MAX_PARTS_AT_ONCE) }, () =>
    work().catch((error: unknown) => failed.abort(error)),
  );
  await Promise.all(workers);
  // Later failures are only of what the first one ended.
  failed.signal.throwIfAborted();
  return reader.whole();
}

/** Keeps all replies for an exchange that reads them together. */
function keeping<Frame, Whole>(exchange: WholeExchange<Frame, Whole>): WholeReader<Whole> {
  const replies: UpstreamText[] = [];
  return {
    read(reply, at) {
      replies[at] = reply;
    },
    whole: () => exchange.whole(replies as [UpstreamText, ...UpstreamText[]]),
  };
}
