import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import { encodeMessage } from '../../../formats/messages/encode-response.ts';
import { MessageEvents } from '../../../formats/messages/encode-stream.ts';
import { withOwnParams } from '../../../formats/messages/own-param.ts';
import { type MessagesRequest, parseMessagesRequest } from '../../../formats/messages/parse-request.ts';
import { openThoughts } from '../../../formats/messages/parse-thought.ts';
import { RelayDecoder, type RelayedEvent } from '../../../formats/messages/relay-decoder.ts';
import { RelayedEvents } from '../../../formats/messages/relay-events.ts';
import { relayFailure } from '../../../formats/messages/relay-failure.ts';
import { canRelay, toRelay } from '../../../formats/messages/relay-request.ts';
import { encodeRelayed, readMessage } from '../../../formats/messages/relay-response.ts';
import { anthropicSurface } from '../../../formats/messages/surface.ts';
import type { ChatChunk, ChatCompletion } from '../../../formats/pivot/chat-completion.ts';
import type { Facts } from '../../../formats/shared/facts.ts';
import { mapFrames } from '../../../formats/shared/map-frames.ts';
import type { OwnerSeal } from '../../../formats/shared/owner-seal.ts';
import { showsReasoning } from '../../../formats/shared/reasoning.ts';
import { EVENT_STREAM } from '../../../formats/shared/sse.ts';
import { inSlices } from '../../../platform/in-slices.ts';
import type { Ask } from '../../way/ask.ts';
import type { Encoder, Exchange, Head, Operation } from '../../way/operation.ts';
import { personOf } from '../shared/end-user-of.ts';
import { translated } from '../shared/translated.ts';
import { translatedFrames } from '../shared/translated-frames.ts';
import { messagesNeeds } from './messages-needs.ts';

/** An event of an endpoint that speaks the format, or a chunk of one that does not. */
type Frame = { relayed: RelayedEvent } | { chunk: ChatChunk };
type Whole = { relayed: Readonly<Record<string, unknown>> } | { completion: ChatCompletion };
/** A request, and what seals the thoughts of its answer. */
type Request = MessagesRequest & { seal: OwnerSeal };

/** `POST /v1/messages`. Endpoints that speak the format are relayed to, all others by way of the pivot. */
export const messagesOperation: Operation<Request, Frame, Whole> = {
  name: 'messages',
  surface: anthropicSurface,
  async parse({ body, seal }, defaults) {
    const request = { ...(await inSlices(parseMessagesRequest(body, defaults))), seal };
    const { stream, timeout } = request.chat;
    return {
      request,
      body,
      streamType: stream === true ? EVENT_STREAM : null,
      user: personOf(request.chat.user),
      timeoutMs: timeout == null ? null : timeout * 1_000,
    };
  },
  needs: (request, key) => messagesNeeds(request, key, request.seal),
  exchange: (request, ask, endpoint) =>
    endpoint.format === 'messages' ? relay(request, ask, endpoint) : translate(request, endpoint),
  encoder: (request, head) => encodeMessages(request, head),
};

function relay(request: Request, ask: Ask, endpoint: Endpoint): Exchange<Frame, Whole> | null {
  if (!canRelay(request, ask.passOn, endpoint)) return null;
  return {
    requests: ({ outputTokens }) => [toRelay(request, ask.passOn, endpoint, outputTokens, request.seal)],
    decoder: () => mapFrames(new RelayDecoder(), (relayed) => ({ relayed })),
    whole([{ text }]) {
      const { whole, facts } = readMessage(text);
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
    return withOwnParams(request.places, () => opened.requests(candidate));
  });
}

/** The end is told with what was charged. */
const finishes = ({ finished }: Facts) => finished;

function encodeMessages({ chat, seal }: Request, head: Head): Encoder<Frame, Whole> {
  const shows = showsReasoning(chat);
  const relayed = new RelayedEvents(head);
  const stops = [chat.stop ?? []].flat();
  const made = new MessageEvents(head, shows, seal, stops);
  const encode = (frame: Frame) => ('relayed' in frame ? relayed.encode(frame.relayed) : made.encode(frame.chunk));
  return {
    frames: (frames) => frames.map(encode).join(''),
    last(held, bill, stopped) {
      const events = held.flatMap((frame) => ('relayed' in frame ? [frame.relayed] : []));
      if (relayed.begun || events.length > 0) return relayed.end(events, bill, stopped);
      return `${held.map(encode).join('')}${made.end(bill, stopped)}`;
    },
    fail: (error) => anthropicSurface.frame(head.refusal(error)),
    whole: (whole, bill) =>
      'relayed' in whole
        ? encodeRelayed(whole.relayed, head, bill)
        : encodeMessage(whole.completion, head, bill, shows, seal, stops),
  };
}
