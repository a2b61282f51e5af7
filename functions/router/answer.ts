import { toMeshError } from '../core/errors.ts';
import type { Candidate } from '../core/quote.ts';
import type { ChatChunk } from '../formats/chat/chat-completion.ts';
import { type AnswerCost, type AnswerHead, ChatFrames, encodeCompletion } from '../formats/chat/encode-chat.ts';
import type { ParsedBody } from '../formats/chat/parse-chat-request.ts';
import { showsReasoning } from '../formats/reasoning.ts';
import { DONE_FRAME } from '../formats/sse.ts';
import { fetchWhole, type OpenStream, openStream, type WholeReply } from './attempt.ts';
import { type Call, hasLeft, sendJson } from './call.ts';
import { abandonedDelivery, type Delivery, Tally } from './delivery.ts';
import { encodeError } from './encode-error.ts';
import { openEventStream } from './event-stream.ts';
import type { Router } from './router.ts';

/** One way of answering a client: as a stream, or whole. Its methods are called in this order, `attempt` once or more. */
export interface Answer {
  /** Asks an endpoint; resolves when it has begun to answer. What it throws may be tried elsewhere. */
  attempt(candidate: Candidate, signal: AbortSignal): Promise<void>;
  /**
   * Hands over what the upstream answers. Never throws: by now something may have reached the client that has to be
   * paid for, so what went wrong is part of the delivery.
   */
  deliver(): Promise<Delivery>;
  /** Sends the rest, once the delivery has been paid for: the last frame, or of a broken stream the error. */
  finish(delivery: Delivery, cost: AnswerCost): void;
}

type Headers = () => Record<string, string>;

export function openAnswer(call: Call, body: ParsedBody, router: Router, headers: Headers): Answer {
  return body.chat.stream ? streamAnswer(call, body, router, headers) : wholeAnswer(call, body, router, headers);
}

/** Passes a stream on as it comes, one write for each read. */
function streamAnswer(call: Call, body: ParsedBody, router: Router, headers: Headers): Answer {
  const out = openEventStream(call, headers);
  let opened: OpenStream;
  let frames: ChatFrames;

  async function pump({ reply, decoder, first }: OpenStream, tally: Tally): Promise<void> {
    const pass = async (chunks: readonly ChatChunk[]) => {
      tally.add(chunks);
      await out.write(frames.encode(chunks));
    };
    await pass(first);
    for (let bytes = await reply.read(); bytes !== null; bytes = await reply.read()) await pass(decoder.push(bytes));
    await pass(decoder.end());
  }

  return {
    async attempt(candidate, signal) {
      opened = await openStream(router, candidate, body, signal);
      frames = new ChatFrames(answerHead(call, candidate), showsReasoning(body.chat));
    },
    async deliver() {
      const tally = new Tally();
      let end: Pick<Delivery, 'outcome' | 'error'> = { outcome: 'finished', error: null };
      try {
        await pump(opened, tally);
      } catch (thrown) {
        if (hasLeft(call)) end = { outcome: 'client_gone', error: null };
        // A connection that breaks after the finish has taken nothing from the answer.
        else if (!tally.finished) {
          end = { outcome: call.gone.aborted ? 'shut_down' : 'upstream_broke', error: toMeshError(thrown) };
        }
      } finally {
        opened.reply.cancel();
      }
      return { ...end, candidate: opened.candidate, usage: tally.usage, deliveredTokens: tally.deliveredTokens };
    },
    finish({ error }, cost) {
      if (error === null) out.end(frames.encodeLast(cost) + DONE_FRAME);
      else out.fail(encodeError(error, call).body);
    },
  };
}

/** Sends a whole reply, when it has been paid for. */
function wholeAnswer(call: Call, body: ParsedBody, router: Router, headers: Headers): Answer {
  let whole: WholeReply;

  return {
    async attempt(candidate, signal) {
      whole = await fetchWhole(router, candidate, body, signal);
    },
    async deliver() {
      const tally = new Tally();
      tally.addWhole(whole.completion);
      const { candidate } = whole;
      const { usage, deliveredTokens } = tally;
      // Nobody is there to get it: of what was not delivered only the input is owed.
      if (hasLeft(call)) return { ...abandonedDelivery(candidate), usage };
      return { outcome: 'finished', candidate, usage, deliveredTokens, error: null };
    },
    finish(_delivery, cost) {
      if (hasLeft(call)) return;
      const head = answerHead(call, whole.candidate);
      sendJson(call, 200, encodeCompletion(whole.completion, head, cost, showsReasoning(body.chat)), headers());
    },
  };
}

function answerHead(call: Call, { endpoint }: Candidate): AnswerHead {
  return { id: call.requestId, created: Math.floor(call.arrivedAt / 1000), model: endpoint.modelId };
}
