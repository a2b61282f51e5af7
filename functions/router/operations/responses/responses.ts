import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import type { ChatChunk, ChatCompletion } from '../../../formats/pivot/chat-completion.ts';
import { encodeResponse } from '../../../formats/responses/encode-response.ts';
import { ResponsesEvents } from '../../../formats/responses/encode-stream.ts';
import type { Fields } from '../../../formats/responses/event-fields.ts';
import { responsesFormat } from '../../../formats/responses/format.ts';
import { withOwnParams } from '../../../formats/responses/own-param.ts';
import { parseResponsesRequest, type ResponsesRequest } from '../../../formats/responses/parse-request.ts';
import { factsOfReply, RelayDecoder } from '../../../formats/responses/relay-decoder.ts';
import { RelayEvents } from '../../../formats/responses/relay-events.ts';
import { canRelay, toRelayRequest } from '../../../formats/responses/relay-request.ts';
import { relayResponse } from '../../../formats/responses/relay-response.ts';
import { responsesSurface } from '../../../formats/responses/surface.ts';
import type { Facts } from '../../../formats/shared/facts.ts';
import { mapFrames } from '../../../formats/shared/map-frames.ts';
import { parseReply } from '../../../formats/shared/parse-reply.ts';
import { EVENT_STREAM } from '../../../formats/shared/sse.ts';
import { inSlices } from '../../../platform/in-slices.ts';
import type { Encoder, Exchange, Head, Operation } from '../../way/operation.ts';
import { mayAsk, translated } from '../shared/translated.ts';
import { translatedFrames } from '../shared/translated-frames.ts';
import { responsesNeeds } from './responses-needs.ts';

/** A piece of a stream: an upstream's own event, with whose reasoning it may hold; or one of the pivot's. */
export type ResponsesFrame = { event: Fields; issuer: string } | { chunk: ChatChunk };
/** A whole answer, alike. */
export type ResponsesWhole = { response: unknown; issuer: string } | { completion: ChatCompletion };

/** `POST /v1/responses`. */
export const responsesOperation: Operation<ResponsesRequest, ResponsesFrame, ResponsesWhole> = {
  name: 'responses',
  surface: responsesSurface,
  async parse({ body, seal }, defaults) {
    const request = await inSlices(parseResponsesRequest(body, defaults, seal));
    const { stream, timeout, user, safety_identifier } = request.body;
    return {
      request,
      body: request.raw,
      streamType: stream === true ? EVENT_STREAM : null,
      user: user ?? safety_identifier,
      timeoutMs: timeout == null ? null : timeout * 1_000,
    };
  },
  needs: responsesNeeds,
  exchange(request, _ask, endpoint) {
    if (!canRelay(request, endpoint)) return translate(request, endpoint);
    return mayAsk(request.pivot, endpoint) ? relay(request, endpoint) : null;
  },
  headers: (request, endpoint) => droppedTools(request, endpoint),
  encoder: (request, head) => new ResponsesEncoder(request, head),
};

function relay(request: ResponsesRequest, endpoint: Endpoint): Exchange<ResponsesFrame, ResponsesWhole> {
  const { issuer } = endpoint.reasoning;
  return {
    requests: ({ outputTokens }) => withOwnParams(() => [toRelayRequest(request, endpoint, outputTokens)]),
    decoder: () => mapFrames(new RelayDecoder(endpoint), (event) => ({ event, issuer })),
    whole([{ text }]) {
      const response = parseReply(text);
      return { whole: { response, issuer }, facts: factsOfReply(response, endpoint) };
    },
    failure: responsesFormat.failure,
  };
}

function translate({ pivot }: ResponsesRequest, endpoint: Endpoint): Exchange<ResponsesFrame, ResponsesWhole> | null {
  const exchange = translated(pivot, endpoint, isLast);
  if (exchange === null) return null;
  return translatedFrames(exchange, (candidate) => withOwnParams(() => exchange.requests(candidate)));
}

/** The end of an answer leaves when it has been paid for. */
function isLast({ finished }: Facts): boolean {
  return finished;
}

/** What the answer's head says of tools that did not go with the request. */
function droppedTools(request: ResponsesRequest, endpoint: Endpoint | null): Record<string, string> {
  const { tools } = request;
  const knowsMore = endpoint?.request.unknown === 'pass' && canRelay(request, endpoint);
  const dropped = [...tools.droppedEverywhere, ...(knowsMore ? [] : tools.droppedElsewhere)];
  return dropped.length === 0 ? {} : { 'x-mesh-dropped-tools': dropped.join(', ') };
}

/** Writes one answer: as a relay or as a translation, which its first piece tells. */
class ResponsesEncoder implements Encoder<ResponsesFrame, ResponsesWhole> {
  readonly #request: ResponsesRequest;
  readonly #head: Head;
  #events: ResponsesEvents | null = null;
  #relay: RelayEvents | null = null;

  constructor(request: ResponsesRequest, head: Head) {
    this.#request = request;
    this.#head = head;
  }

  frames(frames: readonly ResponsesFrame[]): string {
    return frames
      .map((frame) =>
        'event' in frame ? this.#relayOf(frame).encode([frame.event]) : this.#own().encode([frame.chunk]),
      )
      .join('');
  }

  /** Codex counts no comments, so that it gives up on a stream of them. Before there is a stream nothing else can be said. */
  ping(): string {
    return (this.#relay ?? this.#events)?.ping() ?? responsesSurface.ping;
  }

  last(held: readonly ResponsesFrame[], bill: Parameters<ResponsesEvents['end']>[0], stopped: boolean): string {
    const events = held.flatMap((frame) => {
      if (!('event' in frame)) return [];
      this.#relayOf(frame);
      return [frame.event];
    });
    if (this.#relay !== null) return this.#relay.end(events, bill, stopped);
    return this.frames(held) + this.#own().end(bill, stopped);
  }

  fail(error: Parameters<Head['refusal']>[0]): string {
    return (this.#relay ?? this.#own()).fail(this.#head.refusal(error));
  }

  whole(whole: ResponsesWhole, bill: Parameters<ResponsesEvents['end']>[0]): string {
    return 'response' in whole
      ? relayResponse(whole.response, this.#request, this.#head, whole.issuer, bill)
      : encodeResponse(whole.completion, this.#request, this.#head, bill);
  }

  #relayOf({ issuer }: { issuer: string }): RelayEvents {
    this.#relay ??= new RelayEvents(this.#request, this.#head, issuer);
    return this.#relay;
  }

  #own(): ResponsesEvents {
    this.#events ??= new ResponsesEvents(this.#request, this.#head);
    return this.#events;
  }
}
