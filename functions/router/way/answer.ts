import { MeshError, toMeshError } from '../../core/errors.ts';
import type { Candidate } from '../../core/routing/quote.ts';
import { type AnswerCost, type AnswerHead, ChatFrames, encodeCompletion } from '../../formats/chat/encode-chat.ts';
import type { ParsedBody } from '../../formats/chat/parse-request.ts';
import type { ChatChunk } from '../../formats/pivot/chat-completion.ts';
import type { StreamDecoder } from '../../formats/pivot/upstream-format.ts';
import { showsReasoning } from '../../formats/shared/reasoning.ts';
import type { UpstreamReply } from '../../platform/upstream/upstream.ts';
import { type Call, hasLeft } from '../http/call.ts';
import { encodeError } from '../http/error-reply.ts';
import { isAuto } from './auto/choose-auto.ts';
import { abandonedDelivery, type Delivery, Tally } from './delivery.ts';
import { fetchWhole, type OpenStream, openStream, type WholeReply } from './exchange.ts';
import { linger } from './linger.ts';
import type { Output } from './output.ts';
import type { Services } from './services.ts';
import type { Meter } from './spend-meter.ts';

/** One way of answering a client: as a stream, or whole. Its methods are called in this order, `attempt` once or more. */
export interface Answer {
  /** Asks an endpoint; resolves when it has begun to answer, rejects when its patience is over. What it throws may be tried elsewhere. */
  attempt(candidate: Candidate, patienceMs: number, signal: AbortSignal): Promise<void>;
  /** Lets go of what an endpoint has begun, where nothing of it is to be delivered. */
  abandon(): void;
  /**
   * Hands over what the upstream answers, as far as the meter lets it pass. Never throws: by now something may have reached
   * the client that has to be paid for, so what went wrong is part of the delivery.
   */
  deliver(meterFor: (candidate: Candidate) => Meter | null): Promise<Delivery>;
  /** Sends the rest, once the delivery has been paid for: the last frame, or of a broken stream the error. */
  finish(delivery: Delivery, cost: AnswerCost): void;
}

type Headers = () => Record<string, string>;

export function openAnswer(call: Call, body: ParsedBody, output: Output, services: Services, headers: Headers): Answer {
  const answer = body.chat.stream ? streamAnswer : wholeAnswer;
  return answer(call, body, output, services, headers);
}

/** Passes a stream on as it comes, one write for each read. */
function streamAnswer(call: Call, body: ParsedBody, output: Output, services: Services, headers: Headers): Answer {
  const out = output.openStream(headers);
  const tally = new Tally();
  const { clock, limits } = services;
  let opened: OpenStream | null = null;
  let frames: ChatFrames;
  /** For how long the client kept the upstream waiting. */
  let clientMs = 0;

  /** Resolves at the stream's end, with false where its money ended before. Waits for nothing but what it has to wait for. */
  async function pump({ reply, decoder, first }: OpenStream, meter: Meter | null): Promise<boolean> {
    let progressAt = clock.monotonic();
    const forward = (chunks: readonly ChatChunk[]): void | Promise<void> => {
      tally.add(chunks);
      progressAt = clock.monotonic();
      const writtenAt = progressAt;
      return out.write(frames.encode(chunks))?.then(() => {
        progressAt = clock.monotonic();
        clientMs += progressAt - writtenAt;
      });
    };
    /** As much of what came at once as is paid for. */
    const passPart = async (chunks: readonly ChatChunk[]): Promise<boolean> => {
      for (const chunk of chunks) {
        if (meter !== null && !(await meter.cover([chunk]))) return false;
        await forward([chunk]);
      }
      return true;
    };
    const pass = (chunks: readonly ChatChunk[]): true | Promise<boolean> => {
      const covered = meter === null || meter.cover(chunks);
      if (covered === true) return forward(chunks)?.then(() => true) ?? true;
      return Promise.resolve(covered).then(async (grown) => {
        if (!grown) return passPart(chunks);
        await forward(chunks);
        return true;
      });
    };
    if (!(await pass(first))) return false;
    for (let bytes = await reply.read(); bytes !== null; bytes = await reply.read()) {
      const chunks = decoder.push(bytes);
      if (chunks.length > 0) {
        const outcome = pass(chunks);
        if (outcome !== true && !(await outcome)) return false;
      } else if (clock.monotonic() - progressAt > limits.firstByte) {
        throw new MeshError('gateway_timeout', { providerCode: 'progress_timeout' });
      }
    }
    return pass(decoder.end());
  }

  return {
    async attempt(candidate, patienceMs, signal) {
      opened = await openStream(
        services,
        candidate,
        body,
        patienceMs,
        linger(signal, () => tally.finished),
      );
      frames = new ChatFrames(answerHead(call, body, candidate), showsReasoning(body.chat), output.marks);
    },
    abandon() {
      opened?.reply.cancel();
    },
    async deliver(meterFor) {
      if (opened === null) throw new Error('nothing was opened');
      const { candidate, reply, decoder } = opened;
      const beganAt = clock.monotonic();
      let end: Pick<Delivery, 'outcome' | 'error'> = { outcome: 'finished', error: null };
      try {
        if (!(await pump(opened, meterFor(candidate)))) end = { outcome: 'spend_limit', error: null };
      } catch (thrown) {
        if (hasLeft(call)) {
          end = { outcome: 'client_gone', error: null };
          await readUsage(reply, decoder, tally);
        }
        // A connection that breaks after the finish has taken nothing from the answer.
        else if (!tally.finished) {
          end = { outcome: call.gone.aborted ? 'shut_down' : 'upstream_broke', error: toMeshError(thrown) };
        }
      } finally {
        reply.cancel();
      }
      const { usage, deliveredTokens } = tally;
      const whole = tally.finished && end.outcome !== 'spend_limit';
      const upstreamMs = clock.monotonic() - beganAt - clientMs;
      return { ...end, candidate, usage, whole, deliveredTokens, streamed: true, upstreamMs, clientMs };
    },
    finish({ error, outcome }, cost) {
      if (error !== null) {
        out.fail(encodeError(error, call).body);
        return;
      }
      const stop = outcome === 'spend_limit' ? frames.encode([stopped(tally)]) : '';
      out.end(stop + frames.encodeLast(cost));
    },
  };
}

/** Reads what is on the wire for a usage report, until the exchange is ended. Nobody gets what else there is. */
async function readUsage(reply: UpstreamReply, decoder: StreamDecoder, tally: Tally): Promise<void> {
  try {
    while (!(tally.finished && tally.usage !== null)) {
      const bytes = await reply.read();
      tally.note(bytes === null ? decoder.end() : decoder.push(bytes));
      if (bytes === null) return;
    }
  } catch {
    // What has not come by now is not waited for.
  }
}

/** The chunk that ends every choice of a stream whose money has ended. */
function stopped({ open }: Tally): ChatChunk {
  const indexes = open.size === 0 ? [0] : [...open];
  return { choices: indexes.map((index) => ({ index, delta: {}, finish_reason: 'length' })) };
}

/** Sends a whole reply, when it has been paid for. */
function wholeAnswer(call: Call, body: ParsedBody, output: Output, services: Services, headers: Headers): Answer {
  let whole: WholeReply;

  return {
    async attempt(candidate, patienceMs, signal) {
      whole = await fetchWhole(services, candidate, body, patienceMs, signal);
    },
    abandon() {},
    async deliver() {
      const tally = new Tally();
      tally.addWhole(whole.completion);
      const { candidate } = whole;
      const { usage, deliveredTokens } = tally;
      // Nobody is there to get it: of what was not delivered only the input is owed.
      if (hasLeft(call)) return { ...abandonedDelivery(candidate), usage };
      return {
        outcome: 'finished',
        candidate,
        usage,
        whole: true,
        deliveredTokens,
        error: null,
        streamed: false,
        upstreamMs: 0,
        clientMs: 0,
      };
    },
    finish(_delivery, cost) {
      if (hasLeft(call)) return;
      const head = answerHead(call, body, whole.candidate);
      output.sendWhole(encodeCompletion(whole.completion, head, cost, showsReasoning(body.chat)), headers());
    },
  };
}

function answerHead(call: Call, { chat }: ParsedBody, { endpoint: { modelId } }: Candidate): AnswerHead {
  const head = { id: call.requestId, created: Math.floor(call.arrivedAt / 1000), model: modelId };
  return isAuto(chat.model) ? { ...head, x_auto_routed: true, x_resolved_model_id: modelId } : head;
}
