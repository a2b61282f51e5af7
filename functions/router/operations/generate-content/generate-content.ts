import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import { AnswerResponses } from '../../../formats/gemini/answer-responses.ts';
import { ownParam } from '../../../formats/gemini/own-param.ts';
import { type GenerateRequest, parseGenerateRequest } from '../../../formats/gemini/parse-request.ts';
import { RelayDecoder } from '../../../formats/gemini/relay-decoder.ts';
import { relayFailure } from '../../../formats/gemini/relay-failure.ts';
import { canRelay, toRelay } from '../../../formats/gemini/relay-request.ts';
import { encodeRelayed, readResponse } from '../../../formats/gemini/relay-response.ts';
import { eventFrames, listFrames } from '../../../formats/gemini/response-frames.ts';
import { googleSurface } from '../../../formats/gemini/surface.ts';
import { openThoughts } from '../../../formats/gemini/thought-seals.ts';
import type { ChatChunk, ChatCompletion } from '../../../formats/pivot/chat-completion.ts';
import type { Facts } from '../../../formats/shared/facts.ts';
import { mapFrames } from '../../../formats/shared/map-frames.ts';
import { withParams } from '../../../formats/shared/own-params.ts';
import type { OwnerSeal } from '../../../formats/shared/owner-seal.ts';
import { EVENT_STREAM } from '../../../formats/shared/sse.ts';
import { inSlices } from '../../../platform/in-slices.ts';
import type { Encoder, Exchange, Head, Operation } from '../../way/operation.ts';
import { mayAsk, translated } from '../shared/translated.ts';
import { translatedFrames } from '../shared/translated-frames.ts';
import { generateNeeds } from './generate-needs.ts';

/** A response of an endpoint that speaks the format, as it was written; or a chunk of one that does not. */
type Frame = { relayed: string } | { chunk: ChatChunk };
type Whole = { relayed: string } | { completion: ChatCompletion };
/** A request, what seals the thoughts of its answer, and whether that comes as events or as a list. */
type Request = GenerateRequest & { seal: OwnerSeal; asEvents: boolean };

/** Whether a stream is asked for as events. */
export function asksForEvents(query: URLSearchParams): boolean {
  return (query.get('alt') ?? query.get('$alt')) === 'sse';
}

/**
 * `POST /v1beta/models/{model}:generateContent` and `:streamGenerateContent`. Endpoints that speak the format are relayed to, all
 * others by way of the pivot.
 */
export function generateOperation(streams: boolean): Operation<Request, Frame, Whole> {
  return {
    name: 'generate_content',
    surface: googleSurface,
    async parse({ body, param: model, query, seal }, defaults) {
      const asEvents = asksForEvents(query);
      const parsed = await inSlices(parseGenerateRequest(body, { model, stream: streams }, defaults));
      const { timeout } = parsed.chat;
      return {
        request: { ...parsed, seal, asEvents },
        // The path says it all but for this.
        body: { model, streams, body },
        streamType: streams ? (asEvents ? EVENT_STREAM : 'application/json') : null,
        timeoutMs: timeout == null ? null : timeout * 1_000,
      };
    },
    needs: (request, key) => generateNeeds(request, key, request.seal),
    exchange: (request, _ask, endpoint) =>
      endpoint.format === 'gemini' ? relay(request, endpoint) : translate(request, endpoint),
    encoder: (request, head) => encodeAnswer(request, head),
  };
}

function relay(request: Request, endpoint: Endpoint): Exchange<Frame, Whole> | null {
  if (!canRelay(request, endpoint) || !mayAsk({ chat: request.chat, raw: {} }, endpoint)) return null;
  return {
    requests: ({ outputTokens }) => [toRelay(request, endpoint, outputTokens)],
    decoder: () => mapFrames(new RelayDecoder(endpoint), (relayed) => ({ relayed })),
    whole([{ text }]) {
      const { whole, facts } = readResponse(text, endpoint);
      return { whole: { relayed: whole }, facts };
    },
    failure: relayFailure,
  };
}

function translate(request: Request, endpoint: Endpoint): Exchange<Frame, Whole> | null {
  if (request.needed !== null) return null;
  const exchange = translated({ chat: request.chat, raw: {} }, endpoint, finishes);
  if (exchange === null) return null;
  return translatedFrames(exchange, (candidate) => {
    const chat = openThoughts(request.chat, endpoint.reasoning.issuer, request.seal);
    const opened = translated({ chat, raw: {} }, endpoint) ?? exchange;
    return withParams(ownParam, () => opened.requests(candidate));
  });
}

/** The end is told with what was charged. */
const finishes = ({ finished }: Facts) => finished;

function encodeAnswer({ shows, seal, asEvents }: Request, head: Head): Encoder<Frame, Whole> {
  const frames = asEvents ? eventFrames() : listFrames();
  const made = new AnswerResponses(head, shows, seal);
  const encode = (frame: Frame) => ('relayed' in frame ? [encodeRelayed(frame.relayed, head)] : made.add(frame.chunk));
  return {
    frames: (some) => frames.write(some.flatMap(encode)),
    last(held, bill, stopped) {
      const last = held.at(-1);
      if (last !== undefined && 'relayed' in last && !stopped) {
        const responses = [...held.slice(0, -1).flatMap(encode), encodeRelayed(last.relayed, head, bill)];
        return frames.write(responses) + frames.end();
      }
      return frames.write([...held.flatMap(encode), made.end(bill, stopped)]) + frames.end();
    },
    fail: (error) => frames.fail(head.refusal(error)),
    whole: (whole, bill) =>
      'relayed' in whole ? encodeRelayed(whole.relayed, head, bill) : made.whole(whole.completion, bill),
  };
}
