import { hasLeft } from '../../core/client-gone.ts';
import { toMeshError } from '../../core/errors.ts';
import type { Candidate } from '../../core/routing/quote.ts';
import type { UpstreamReply } from '../../platform/upstream/upstream.ts';
import type { Answer } from './answer.ts';
import type { Ask } from './ask.ts';
import { isCallerTimeout, withCost } from './deadline.ts';
import { type Delivery, type Outcome, Tally } from './delivery.ts';
import { linger } from './linger.ts';
import { type OpenStream, openStream } from './open-stream.ts';
import type { Encoder } from './operation.ts';
import type { OutputStream } from './output.ts';
import { Pump } from './pump.ts';
import type { Services } from './services.ts';
import { exchangeWith, type Serving } from './serving.ts';

/** How long a connection may take to end its reply after the stream in it has. Milliseconds. */
export const LET_GO_MS = 250;

/** Passes a stream on as it comes. `encoderFor`: writes the answer of the candidate that began it. */
export function streamAnswer<Request, Frame, Whole>(
  serving: Serving<Request, Frame, Whole>,
  encoderFor: (candidate: Candidate) => Encoder<Frame, Whole>,
  out: OutputStream,
  services: Services,
): Answer {
  const { ask } = serving;
  const { clock, limits } = services;
  const monotonic = () => clock.monotonic();
  const tally = new Tally();
  let opened: { stream: OpenStream<Frame>; encoder: Encoder<Frame, Whole> } | null = null;
  let delivered: { encoder: Encoder<Frame, Whole>; held: readonly Frame[] };

  return {
    async attempt(candidate, patienceMs, signal) {
      const exchange = exchangeWith(serving, candidate);
      const patient = linger(signal, () => tally.finished);
      const stream = await openStream(services, exchange, candidate, patienceMs, patient);
      opened = { stream, encoder: encoderFor(candidate) };
    },
    abandon() {
      opened?.stream.reply.cancel();
    },
    async deliver(meterFor, passed) {
      if (opened === null) throw new Error('nothing was opened');
      const { stream, encoder } = opened;
      const { candidate, reply } = stream;
      const encode = (frames: readonly Frame[]) => encoder.frames(frames);
      const meter = meterFor(candidate);
      const pump = new Pump<Frame>({ out, encode, tally, meter, passed, monotonic, progressMs: limits.firstByte });
      delivered = { encoder, held: pump.held };
      const beganAt = monotonic();
      let end: Pick<Delivery, 'outcome' | 'error'> = { outcome: 'finished', error: null };
      let ran = false;
      try {
        ran = await pump.run(stream);
        if (!ran) end = { outcome: 'spend_limit', error: null };
      } catch (thrown) {
        if (hasLeft(ask)) {
          end = { outcome: 'client_gone', error: null };
          await readUsage(stream, tally);
        }
        // A connection that breaks after the finish has taken nothing from the answer.
        else if (!tally.finished) {
          end = { outcome: whyBroken(ask, thrown), error: toMeshError(thrown) };
        }
      } finally {
        if (ran) letGo(reply);
        else reply.cancel();
      }
      const { usage, deliveredTokens, finishReason } = tally;
      const { clientMs } = pump;
      const whole = tally.finished && end.outcome !== 'spend_limit';
      const upstreamMs = monotonic() - beganAt - clientMs;
      return {
        ...end,
        candidate,
        usage,
        whole,
        deliveredTokens,
        streamed: true,
        beganAt,
        finishReason,
        upstreamMs,
        clientMs,
      };
    },
    finish({ error, outcome }, bill) {
      if (outcome === 'client_gone') return;
      const { encoder, held } = delivered;
      if (error === null) out.end(encoder.last(held, bill, outcome === 'spend_limit'));
      else out.fail(encoder.fail(withCost(error, bill)));
    },
  };
}

function whyBroken(ask: Ask, thrown: unknown): Outcome {
  if (ask.gone.aborted) return 'shut_down';
  return isCallerTimeout(thrown) ? 'timed_out' : 'upstream_broke';
}

/** A connection whose stream has ended is used again if it says so itself in time; nobody waits for that. */
function letGo(reply: UpstreamReply): void {
  reply
    .read(LET_GO_MS)
    .catch(() => null)
    .finally(() => reply.cancel());
}

/** Reads what is on the wire for a usage report, until the exchange is ended. Nobody gets what else there is. */
async function readUsage({ reply, decoder }: OpenStream<unknown>, tally: Tally): Promise<void> {
  try {
    while (!(tally.finished && tally.usage !== null)) {
      const bytes = await reply.read();
      const pieces = bytes === null ? decoder.end() : decoder.push(bytes);
      for (const { facts } of pieces) tally.note(facts);
      if (bytes === null || pieces.some(({ facts }) => facts.last)) return;
    }
  } catch {
    // What has not come by now is not waited for.
  }
}
