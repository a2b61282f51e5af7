import { MeshError } from '../../core/errors.ts';
import type { Candidate } from '../../core/routing/quote.ts';
import type { Decoder, Piece } from '../../formats/shared/facts.ts';
import type { UpstreamReply } from '../../platform/upstream/upstream.ts';
import { MAX_ERROR_BYTES, readWhole, send } from './exchange.ts';
import type { Exchange } from './operation.ts';
import type { Services } from './services.ts';

/** A stream whose first token has come. `first` holds all pieces up to it. */
export interface OpenStream<Frame> {
  candidate: Candidate;
  reply: UpstreamReply;
  decoder: Decoder<Frame>;
  first: Piece<Frame>[];
}

/** Sends the request to a candidate and waits at most `patienceMs` for the first token of its stream. */
export async function openStream<Frame, Whole>(
  services: Services,
  exchange: Exchange<Frame, Whole>,
  candidate: Candidate,
  patienceMs: number,
  signal: AbortSignal,
): Promise<OpenStream<Frame>> {
  const { endpoint } = candidate;
  const until = services.clock.monotonic() + Math.min(patienceMs, services.limits.firstByte);
  const [body] = exchange.requests(candidate);
  const attempt = { endpoint, failure: exchange.failure, streams: true, patienceMs, signal };
  const reply = await send(services, attempt, body);
  const first: Piece<Frame>[] = [];
  try {
    await refuseWhole(services, exchange, reply, until);
    const decoder = decoderOf(exchange);
    const decoderEnded = () => {
      // Nothing but bookkeeping came; a decoder that saw no finish throws here.
      first.push(...decoder.end());
      return { candidate, reply, decoder: ended, first };
    };
    while (!first.some(({ facts }) => facts.token)) {
      if (first.some(({ facts }) => facts.last)) return decoderEnded();
      // Comments and bookkeeping are no answer, however many come.
      const leftMs = until - services.clock.monotonic();
      if (leftMs <= 0) throw new MeshError('gateway_timeout', { providerCode: 'first_token_timeout' });
      const bytes = await reply.read(leftMs);
      if (bytes === null) return decoderEnded();
      first.push(...decoder.push(bytes));
    }
    return { candidate, reply, decoder, first };
  } catch (error) {
    reply.cancel();
    throw error;
  }
}

function decoderOf<Frame>({ decoder }: Exchange<Frame, unknown>): Decoder<Frame> {
  if (decoder === null) throw new Error('a stream was asked of an exchange that has none');
  return decoder();
}

/**
 * A reply with status 200 that is no stream: an error as JSON, or the page of a proxy in between. A decoder would find
 * nothing in it and call it cut short.
 */
async function refuseWhole(
  services: Services,
  exchange: Exchange<unknown, unknown>,
  reply: UpstreamReply,
  until: number,
): Promise<void> {
  const { headers } = reply;
  if (!/^(application\/json|text\/html)/.test(headers['content-type'] ?? '')) return;
  const text = await readWhole(services, reply, MAX_ERROR_BYTES, until);
  // Throws what the body says, where it says an error.
  if ('whole' in exchange) exchange.whole([{ headers, text }]);
  throw new MeshError('upstream_error', { message: 'The provider sent a whole reply where a stream was asked for.' });
}

/** The decoder of a stream that has been read to its end. */
const ended: Decoder<never> = { push: () => [], end: () => [] };
