import { setTimeout as wait } from 'node:timers/promises';
import { MeshError } from '../../core/errors.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { Upstream, UpstreamReply, UpstreamRequest } from './upstream.ts';

/** The pause before each piece of an answer. */
export const PIECE_EVERY_MS = 15;
/** The most pieces an answer comes in; longer answers come in longer pieces, so that every stream ends within 3 s. */
export const MAX_PIECES = 200;
/** The most tokens of an answer whose request names no limit. */
export const DEFAULT_MAX_TOKENS = 4_096;
/** Echo's tokens are this many bytes of UTF-8. */
export const BYTES_PER_TOKEN = 4;
/** What comes back when there is nothing to give back. */
export const NOTHING_TO_ECHO = 'You said nothing, so there is nothing to echo.';

export interface EchoOptions {
  clock?: Clock;
  /** Resolves after so many milliseconds, or throws as soon as the signal aborts. */
  pause?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

/**
 * A provider inside the process, so that a router without any key has something to show: `echo://…/chat/completions`
 * takes OpenAI's chat requests and answers with the text of the last user message, streamed or whole.
 *
 * Tokens are counted by one rule, so that anyone can check the charge: all the text of all messages is the input, the
 * answer is the output, and `BYTES_PER_TOKEN` bytes of UTF-8, or what is left of them, are a token.
 */
export function createEchoUpstream(options: EchoOptions = {}): Upstream {
  const clock = options.clock ?? systemClock;
  const pause = options.pause ?? ((milliseconds, signal) => wait(milliseconds, undefined, { signal, ref: false }));
  return {
    async send(request, _limits, signal) {
      signal.throwIfAborted();
      const chat = parseChat(request);
      if (chat === null) return new EchoReply(400, [JSON.stringify(badRequest)], signal, pause);
      const answer = echo(chat, Math.floor(clock.now() / 1_000));
      return new EchoReply(
        200,
        chat.stream ? toFrames(answer, chat.includeUsage) : [toCompletion(answer)],
        signal,
        pause,
      );
    },
    async close() {},
  };
}

interface EchoRequest {
  model: string;
  /** The text of each message, in order, and which of them users wrote. */
  messages: { role: unknown; text: string }[];
  maxTokens: number;
  stream: boolean;
  includeUsage: boolean;
}

interface Answer {
  created: number;
  model: string;
  text: string;
  finishReason: 'stop' | 'length';
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
}

const badRequest = {
  error: { message: 'The body is no chat request.', type: 'invalid_request_error', param: null, code: null },
};

/** Null for what is no chat request. Only what echo needs is looked at: its callers have checked the rest. */
function parseChat({ url, method, body }: UpstreamRequest): EchoRequest | null {
  if (method !== 'POST' || !url.endsWith('/chat/completions')) return null;
  const chat = parseObject(typeof body === 'string' ? body : Buffer.concat(body).toString());
  if (chat === null || !Array.isArray(chat.messages) || chat.messages.length === 0) return null;
  const maxTokens = chat.max_completion_tokens ?? chat.max_tokens;
  return {
    model: typeof chat.model === 'string' ? chat.model : 'echo',
    messages: chat.messages.map((message: unknown) => ({
      role: field(message, 'role'),
      text: textOf(field(message, 'content')),
    })),
    maxTokens: typeof maxTokens === 'number' && maxTokens >= 1 ? Math.floor(maxTokens) : DEFAULT_MAX_TOKENS,
    stream: chat.stream === true,
    includeUsage: field(chat.stream_options, 'include_usage') === true,
  };
}

function parseObject(body: string): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** Content is a string or a list of parts, of which only text counts. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: unknown) => field(part, 'text'))
    .filter((text) => typeof text === 'string')
    .join('');
}

function echo(chat: EchoRequest, created: number): Answer {
  const said = chat.messages.findLast((message) => message.role === 'user')?.text ?? '';
  const whole = said.trim() === '' ? NOTHING_TO_ECHO : said;
  const text = firstBytes(whole, chat.maxTokens * BYTES_PER_TOKEN);
  const prompt = toTokens(chat.messages.reduce((bytes, message) => bytes + Buffer.byteLength(message.text), 0));
  const completion = toTokens(Buffer.byteLength(text));
  return {
    created,
    model: chat.model,
    text,
    finishReason: text.length < whole.length ? 'length' : 'stop',
    usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion },
  };
}

function toTokens(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN);
}

/** As many whole characters as fit. */
function firstBytes(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytes));
  return text.slice(0, read);
}

/** Words with the space after them, in at most `MAX_PIECES` pieces of about the same number of words. */
function toPieces(text: string): string[] {
  const words = text.match(/\s*\S+\s*/gu) ?? [text];
  const perPiece = Math.ceil(words.length / MAX_PIECES);
  return Array.from({ length: Math.ceil(words.length / perPiece) }, (_, n) =>
    words.slice(n * perPiece, (n + 1) * perPiece).join(''),
  );
}

function toCompletion({ created, model, text, finishReason, usage }: Answer): string {
  const message = { role: 'assistant', content: text, refusal: null };
  const choices = [{ index: 0, message, finish_reason: finishReason, logprobs: null }];
  return JSON.stringify({ id: 'chatcmpl-echo', object: 'chat.completion', created, model, choices, usage });
}

function toFrames({ created, model, text, finishReason, usage }: Answer, includeUsage: boolean): string[] {
  const frame = (choices: unknown[], more: object = {}) =>
    `data: ${JSON.stringify({ id: 'chatcmpl-echo', object: 'chat.completion.chunk', created, model, choices, ...more })}\n\n`;
  const choice = (delta: object, finish: string | null) => [{ index: 0, delta, finish_reason: finish, logprobs: null }];
  const [first = '', ...others] = toPieces(text);
  const last = [frame(choice({}, finishReason)), includeUsage ? frame([], { usage }) : '', 'data: [DONE]\n\n'].join('');
  return [
    frame(choice({ role: 'assistant', content: first }, null)),
    ...others.map((piece) => frame(choice({ content: piece }, null))),
    last,
  ];
}

class EchoReply implements UpstreamReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly #pieces: Iterator<string>;
  readonly #pause: NonNullable<EchoOptions['pause']>;
  readonly #signal: AbortSignal;
  readonly #cancelled = new AbortController();

  constructor(
    status: number,
    pieces: readonly string[],
    signal: AbortSignal,
    pause: NonNullable<EchoOptions['pause']>,
  ) {
    this.status = status;
    this.headers = { 'content-type': pieces[0]?.startsWith('data:') ? 'text/event-stream' : 'application/json' };
    this.#pieces = pieces.values();
    this.#pause = pause;
    this.#signal = AbortSignal.any([signal, this.#cancelled.signal]);
  }

  async read(): Promise<Uint8Array | null> {
    const { value, done } = this.#pieces.next();
    if (done) return null;
    // Whatever way a pause has to say that it was ended, the reader gets the reason.
    await this.#pause(PIECE_EVERY_MS, this.#signal).catch(() => {});
    this.#signal.throwIfAborted();
    return Buffer.from(value);
  }

  cancel(): void {
    this.#cancelled.abort(new MeshError('upstream_error', { retry: 'never', providerCode: 'cancelled' }));
  }
}
