import { concealInAnswer } from '../../core/credentials.ts';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { factsOfChunk, factsOfCompletion } from '../shared/chunk-facts.ts';
import type { Decoder, Facts, Piece, WholeFacts } from '../shared/facts.ts';
import { parseEventData, type ServerSentEvent, SseDecoder } from '../shared/sse.ts';
import { textOf } from '../shared/text-of.ts';
import { type Fields, partsOf, recordOf } from './event-fields.ts';
import { fromResponse } from './from-response.ts';
import { ResponsesStreamDecoder } from './stream-decoder.ts';

/** What the names of events look like: they are written into a line of their own. */
const OF_RESPONSES = /^response\.[\w.]+$/;
const ENDS: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete']);

/**
 * The events of an upstream that speaks this format, each as it came. What they amount to is read off them in the one way that
 * there is, so that a relay is counted and charged as a translation is.
 */
export class RelayDecoder implements Decoder<Fields> {
  readonly #sse = new SseDecoder();
  readonly #inner: ResponsesStreamDecoder;
  #failed: unknown = null;

  constructor(endpoint: Endpoint) {
    this.#inner = new ResponsesStreamDecoder(endpoint);
  }

  push(bytes: Uint8Array): Piece<Fields>[] {
    return this.#read(() => this.#sse.push(bytes));
  }

  end(): Piece<Fields>[] {
    const pieces = this.#read(() => this.#sse.end());
    if (this.#failed !== null) throw this.#failed;
    // Throws where no end was seen.
    this.#inner.end();
    return pieces;
  }

  /** What came before an error is given first; the next call throws it. */
  #read(next: () => ServerSentEvent[]): Piece<Fields>[] {
    if (this.#failed !== null) throw this.#failed;
    const pieces: Piece<Fields>[] = [];
    try {
      for (const { event: name, data } of next()) {
        const event = parseEventData(data);
        if (event !== null) pieces.push(...this.#piece(event, name));
      }
    } catch (error) {
      this.#failed = error;
      if (pieces.length === 0) throw error;
    }
    return pieces;
  }

  #piece(event: Fields, name: string): Piece<Fields>[] {
    const type = textOf(event.type) || name;
    // What other gateways say beside the events is for nobody.
    if (!OF_RESPONSES.test(type)) {
      this.#inner.read(event, name);
      // OpenAI says so while a model thinks: as Anthropic's ping, it is a sign of life.
      return type === 'keepalive' ? [{ frame: null, facts: silent }] : [];
    }
    const ended = this.#inner.progress === 'ended';
    const facts = this.#inner.read(event, name).map((chunk) => factsOfChunk(chunk, 'responses'));
    if (ended) return [];
    const isEnd = ENDS.has(type);
    return [
      { frame: concealInAnswer({ ...event, type }), facts: joined([...facts, ...customFacts(type, event)], isEnd) },
    ];
  }
}

/** What a whole reply amounts to. Throws what it says went wrong, and `upstream_error` for what is no response. */
export function factsOfReply(body: unknown, endpoint: Endpoint): WholeFacts {
  const { texts, marks, usage, finishReason } = factsOfCompletion(fromResponse(body, endpoint), 'responses');
  const calls = partsOf(recordOf(body).output).flatMap(([, item]) =>
    OTHER_CALLS.has(textOf(item.type)) ? [item] : [],
  );
  const said = calls.flatMap(({ name, input }) => [textOf(name), textOf(input)]);
  return { texts: [...texts, ...said], marks: marks + calls.length, usage, finishReason };
}

const silent: Facts = { texts: [], marks: 0, usage: null, token: false, finished: false, last: false, held: false };

/** What several pieces amount to together. */
function joined(all: readonly Facts[], isEnd: boolean): Facts {
  return {
    texts: all.flatMap(({ texts }) => texts),
    marks: all.reduce((marks, facts) => marks + facts.marks, 0),
    usage: all.findLast(({ usage }) => usage !== null)?.usage ?? null,
    token: isEnd || all.some(({ token }) => token),
    finished: isEnd,
    finishReason: all.find(({ finishReason }) => finishReason != null)?.finishReason,
    last: isEnd,
    held: isEnd,
  };
}

/** Calls of custom tools, of which the pivot knows nothing. */
function customFacts(type: string, event: Fields): Facts[] {
  if (type === 'response.custom_tool_call_input.delta') {
    return [{ ...silent, texts: [textOf(event.delta)], token: true }];
  }
  const item = recordOf(event.item);
  if (type !== 'response.output_item.added' || !OTHER_CALLS.has(textOf(item.type))) return [];
  return [{ ...silent, texts: [textOf(item.name)], marks: 1, token: true }];
}

const OTHER_CALLS: ReadonlySet<string> = new Set([
  'custom_tool_call',
  'local_shell_call',
  'shell_call',
  'apply_patch_call',
  'tool_search_call',
]);
