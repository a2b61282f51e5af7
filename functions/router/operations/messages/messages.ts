import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import { encodeMessage } from '../../../formats/messages/encode-response.ts';
import { MessageEvents } from '../../../formats/messages/encode-stream.ts';
import { type MessagesRequest, parseMessagesRequest } from '../../../formats/messages/parse-request.ts';
import { openThoughts } from '../../../formats/messages/parse-thought.ts';
import { RelayDecoder, type RelayedEvent } from '../../../formats/messages/relay-decoder.ts';
import { RelayedEvents } from '../../../formats/messages/relay-events.ts';
import { relayFailure } from '../../../formats/messages/relay-failure.ts';
import { canRelay, toRelay } from '../../../formats/messages/relay-request.ts';
import { encodeRelayed, readMessage } from '../../../formats/messages/relay-response.ts';
import { anthropicSurface } from '../../../formats/messages/surface.ts';
import type { ChatChunk, ChatCompletion } from '../../../formats/pivot/chat-completion.ts';
import type { Decoder, Facts, Piece } from '../../../formats/shared/facts.ts';
import { showsReasoning } from '../../../formats/shared/reasoning.ts';
import type { Seal } from '../../../formats/shared/seal.ts';
import { EVENT_STREAM } from '../../../formats/shared/sse.ts';
import type { Ask } from '../../way/ask.ts';
import type { Encoder, Exchange, Head, Operation } from '../../way/operation.ts';
import { translated } from '../shared/translated.ts';
import { messagesNeeds } from './messages-needs.ts';
import { sealOf } from './seal-of.ts';

/** An event of an endpoint that speaks the format, or a chunk of one that does not. */
type Frame = { relayed: RelayedEvent } | { chunk: ChatChunk; seal: Seal };
type Whole = { relayed: Readonly<Record<string, unknown>> } | { completion: ChatCompletion; seal: Seal };

/** `POST /v1/messages`. Endpoints that speak the format are relayed to, all others by way of the pivot. */
export const messagesOperation: Operation<MessagesRequest, Frame, Whole> = {
  name: 'messages',
  surface: anthropicSurface,
  parse({ body }, defaults) {
    const request = parseMessagesRequest(body, defaults);
    const { stream, timeout } = request.chat;
    return {
      request,
      body,
      streamType: stream === true ? EVENT_STREAM : null,
      timeoutMs: timeout == null ? null : timeout * 1_000,
    };
  },
  needs: (request, key) => messagesNeeds(request, key),
  exchange: (request, ask, endpoint) =>
    endpoint.format === 'messages' ? relay(request, ask, endpoint) : translate(request, ask, endpoint),
  encoder: (request, head) => encodeMessages(request, head),
};

function relay(request: MessagesRequest, ask: Ask, endpoint: Endpoint): Exchange<Frame, Whole> | null {
  if (!canRelay(request, ask.passOn, endpoint)) return null;
  return {
    requests: ({ outputTokens }) => [toRelay(request, ask.passOn, endpoint, outputTokens, sealOf(ask))],
    decoder: () => wrapped(new RelayDecoder(), (relayed) => ({ relayed })),
    whole([{ text }]) {
      const { whole, facts } = readMessage(text);
      return { whole: { relayed: whole }, facts };
    },
    failure: relayFailure,
  };
}

function translate(request: MessagesRequest, ask: Ask, endpoint: Endpoint): Exchange<Frame, Whole> | null {
  if (request.needed !== null) return null;
  const exchange = translated({ chat: request.chat, raw: {} }, endpoint, finishes);
  if (exchange === null) return null;
  const { decoder, whole, failure } = exchange;
  const seal = sealOf(ask);
  return {
    requests(candidate) {
      const chat = openThoughts(request.chat, endpoint.reasoning.issuer, seal);
      const opened = translated({ chat, raw: {} }, endpoint) ?? exchange;
      return opened.requests(candidate);
    },
    decoder: decoder === null ? null : () => wrapped(decoder(), (chunk) => ({ chunk, seal })),
    whole(replies) {
      const { whole: completion, facts } = whole(replies);
      return { whole: { completion, seal }, facts };
    },
    failure,
  };
}

/** The end is told with what was charged. */
const finishes = ({ finished }: Facts) => finished;

function wrapped<Inner>(decoder: Decoder<Inner>, wrap: (frame: Inner) => Frame): Decoder<Frame> {
  const all = (pieces: readonly Piece<Inner>[]) =>
    pieces.map(({ frame, facts }) => ({ frame: frame === null ? null : wrap(frame), facts }));
  return { push: (bytes) => all(decoder.push(bytes)), end: () => all(decoder.end()) };
}

function encodeMessages({ chat }: MessagesRequest, head: Head): Encoder<Frame, Whole> {
  const shows = showsReasoning(chat);
  const relayed = new RelayedEvents(head);
  let made: MessageEvents | null = null;
  const encode = (frame: Frame): string => {
    if ('relayed' in frame) return relayed.encode(frame.relayed);
    made ??= new MessageEvents(head, shows, frame.seal);
    return made.encode(frame.chunk);
  };
  return {
    frames: (frames) => frames.map(encode).join(''),
    last(held, bill, stopped) {
      const events = held.flatMap((frame) => ('relayed' in frame ? [frame.relayed] : []));
      if (relayed.begun || events.length > 0) return relayed.end(events, bill, stopped);
      const rest = held.map(encode).join('');
      return `${rest}${(made ?? new MessageEvents(head, shows, nobody)).end(bill, stopped)}`;
    },
    fail: (error) => anthropicSurface.frame(head.refusal(error)),
    whole: (whole, bill) =>
      'relayed' in whole
        ? encodeRelayed(whole.relayed, head, bill)
        : encodeMessage(whole.completion, head, bill, shows, whole.seal),
  };
}

/** Seals nothing: for an answer of which nothing came. */
const nobody: Seal = { seal: () => '', open: () => null };
