import { gzipSync } from 'node:zlib';
import type { FormatName } from '../../functions/core/endpoints/endpoint.ts';
import { chatChunk, chatCompletion, chatFrames, namedSse, sse } from './answers.ts';
import { toEventStream, toException } from './event-stream.ts';
import {
  AWS_EVENT_STREAM,
  after,
  garbage,
  hangUp,
  html,
  json,
  reply,
  reset,
  type Step,
  stall,
  stream,
} from './scripted-upstream.ts';

/** What a client is to see of a fault. Codes are `error.code` and `error.provider_code` (null: none). */
export type Expected =
  /** Before anything was answered, so that the next endpoint is asked. */
  | {
      kind: 'fails';
      status: number;
      code: string;
      provider: string | RegExp | null;
      attempts?: number;
      outcome?: string;
    }
  /** The caller's own mistake: nobody else is asked. */
  | { kind: 'passed on'; status: number; code: string; provider: string }
  /** After the first token: one error frame, no `[DONE]`; what was delivered is charged. Nano-dollars. */
  | { kind: 'breaks'; code: string; provider: string | RegExp | null; charge: bigint }
  /** Odd, but whole. */
  | { kind: 'serves' };

/** What a fault does to the breaker of its endpoint when it comes five times. */
export type Moved = 'opens' | 'cools down' | 'not moved';

export interface Fault {
  name: string;
  /** Where the connection itself goes wrong. */
  host?: 'dead' | 'resets' | 'ignores' | 'no such name' | 'plain' | 'no certificate';
  format?: FormatName;
  /** What the upstream does, where the connection stands. */
  script?: (streamed: boolean) => Iterable<Step>;
  stream: Expected;
  /** Default: as the stream. */
  whole?: Expected;
  moved: Moved;
}

/**
 * Milliseconds: the router of the matrix waits so long for headers and for bytes. Upstream, router and callers share a machine
 * with whatever else runs there: a fault that is not a slow one must never be taken for one.
 */
export const FAULT_LIMIT_MS = 600;

/** $3 and $15 per million, in nano-dollars a token; what a request and a piece of text are estimated at. */
const INPUT = 3_000n;
const OUTPUT = 15_000n;
const ESTIMATED_INPUT = 9n;
/** `Hello `, and an input that nobody reported. */
const ONE_PIECE = ESTIMATED_INPUT * INPUT + 1n * OUTPUT;

const MANY_BYTES = 4 * 1024 * 1024;
/** Made once: making it for each of twenty requests kept the upstream from answering the next fault in time. */
const longError = json({ error: { message: 'x'.repeat(MANY_BYTES) } }, 500);
const SECOND_MS = 1_000;

const fails = (status: number, code: string, provider: string | RegExp | null, attempts?: number): Expected => ({
  kind: 'fails',
  status,
  code,
  provider,
  ...(attempts === undefined ? {} : { attempts }),
});
/** A limit of one endpoint is its failure; where all are at theirs, so is the request. */
const limited = (attempts?: number): Expected => ({
  kind: 'fails',
  status: 429,
  code: 'rate_limit_exceeded',
  provider: '429',
  outcome: 'upstream_error',
  ...(attempts === undefined ? {} : { attempts }),
});
const broken = (provider: string | RegExp | null = null) => fails(502, 'upstream_error', provider);
const slow = (provider: string | RegExp) => fails(504, 'gateway_timeout', provider);
const truncated = fails(502, 'upstream_truncated', null);
const passedOn = (status: number, code: string, provider = String(status)): Expected => ({
  kind: 'passed on',
  status,
  code,
  provider,
});
const breaks = (code: string, provider: string | RegExp | null): Expected => ({
  kind: 'breaks',
  code,
  provider,
  charge: ONE_PIECE,
});
const serves: Expected = { kind: 'serves' };

/** The error that a status comes with. */
const said = (message: string, more: object = {}) => ({ error: { message, ...more } });
const status = (code: number, headers: Record<string, string> = {}, body: unknown = said('no')) => {
  return () => json(body, code, headers);
};
const retryAfter = (code: number, value: string) => status(code, { 'retry-after': value });
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * SECOND_MS).toUTCString();

/** The head of a reply past the HTTP layer, whose body may then be any bytes. */
const rawChunked = (type: string, body: string): Step[] =>
  garbage(`HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n${body}`);
const httpChunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

const firstFrames = chatFrames.slice(0, 1);
/** The role and one piece of text. */
const someFrames = chatFrames.slice(0, 2);
const wholeOr = (whole: Iterable<Step>, streamed: Iterable<Step>) => (isStream: boolean) =>
  isStream ? streamed : whole;
const overloaded = sse(said('overloaded', { code: 'overloaded' }));

const statuses: Fault[] = [
  ...[500, 501, 502, 503, 504, 520, 529].map(
    (code): Fault => ({ name: `${code}`, script: status(code), stream: broken(`${code}`), moved: 'opens' }),
  ),
  {
    name: '502 with a page of HTML',
    script: () => html('<html>bad gateway</html>', 502),
    stream: broken('502'),
    moved: 'opens',
  },
  {
    name: '503, `Retry-After: 1`',
    script: retryAfter(503, '1'),
    stream: fails(502, 'upstream_error', '503', 4),
    moved: 'opens',
  },
  { name: '503, `Retry-After: 60`', script: retryAfter(503, '60'), stream: broken('503'), moved: 'opens' },
  { name: '408', script: status(408), stream: slow('408'), moved: 'opens' },
  {
    name: '302 to a page',
    script: () => reply('', 302, { location: '/login' }),
    stream: broken('302'),
    moved: 'opens',
  },
  { name: '304', script: () => [{ do: 'head', status: 304, headers: {} }], stream: broken('304'), moved: 'opens' },
  { name: '424 (a model of Bedrock fails)', script: status(424), stream: broken('424'), moved: 'opens' },
  { name: '429', script: status(429), stream: limited(), moved: 'cools down' },
  {
    name: '429, `Retry-After: 1`',
    script: retryAfter(429, '1'),
    stream: limited(4),
    moved: 'cools down',
  },
  { name: '429, `Retry-After: 60`', script: retryAfter(429, '60'), stream: limited(), moved: 'cools down' },
  {
    name: '429, `Retry-After` a date in 60 s',
    script: () => retryAfter(429, inSeconds(60))(),
    stream: limited(),
    moved: 'cools down',
  },
  {
    name: '429, `Retry-After` a date that has passed',
    script: () => retryAfter(429, inSeconds(-60))(),
    stream: limited(4),
    moved: 'cools down',
  },
  {
    name: '429, `Retry-After: 0`',
    script: retryAfter(429, '0'),
    stream: limited(4),
    moved: 'cools down',
  },
  { name: '429, `Retry-After: -5`', script: retryAfter(429, '-5'), stream: limited(), moved: 'cools down' },
  { name: '429, `Retry-After: 1e12`', script: retryAfter(429, '1e12'), stream: limited(), moved: 'cools down' },
  {
    name: '429, `Retry-After` the year 9999',
    script: retryAfter(429, 'Fri, 31 Dec 9999 23:59:59 GMT'),
    stream: limited(),
    moved: 'cools down',
  },
  { name: '429, `Retry-After: soon`', script: retryAfter(429, 'soon'), stream: limited(), moved: 'cools down' },
  {
    name: '429, `retry-after-ms: 200`',
    script: status(429, { 'retry-after-ms': '200' }),
    stream: limited(4),
    moved: 'cools down',
  },
  { name: '401', script: status(401), stream: broken('401'), moved: 'cools down' },
  { name: '402', script: status(402), stream: broken('402'), moved: 'not moved' },
  { name: '403', script: status(403), stream: broken('403'), moved: 'not moved' },
  { name: '404', script: status(404), stream: broken('404'), moved: 'not moved' },
  {
    name: '400 for a capability',
    script: status(400, {}, said('This model does not support tools.')),
    stream: fails(400, 'model_capability_not_supported', '400'),
    moved: 'not moved',
  },
  {
    name: '400 for the caller’s mistake',
    script: status(400, {}, said('temperature must be below 1', { param: 'temperature' })),
    stream: passedOn(400, 'bad_request'),
    moved: 'not moved',
  },
  {
    name: '400 for too long an input',
    script: status(400, {}, said('maximum context length is 10 tokens', { code: 'context_length_exceeded' })),
    stream: passedOn(400, 'context_length_exceeded'),
    moved: 'not moved',
  },
  {
    name: '400 for our key (Gemini)',
    format: 'gemini',
    script: status(400, {}, said('API key not valid.', { code: 400, status: 'INVALID_ARGUMENT' })),
    stream: broken('401'),
    moved: 'cools down',
  },
  { name: '413', script: status(413), stream: passedOn(413, 'payload_too_large'), moved: 'not moved' },
  { name: '422', script: status(422), stream: passedOn(400, 'bad_request', '422'), moved: 'not moved' },
  {
    name: '500 with an error of 4 MiB',
    script: () => longError,
    stream: broken('500'),
    moved: 'opens',
  },
  {
    name: '503 whose error never ends',
    script: () => [...after(1, stream(['{"error":'], { contentType: 'application/json', status: 503 })), stall],
    stream: broken('503'),
    moved: 'opens',
  },
  {
    name: '503 whose error comes a byte at a time',
    script: () =>
      stream(
        Array.from({ length: 100 }, () => ' '),
        { status: 503, everyMs: 50 },
      ),
    stream: broken('503'),
    moved: 'opens',
  },
];

const connections: Fault[] = [
  { name: 'refused connection', host: 'dead', stream: broken('ECONNREFUSED'), moved: 'opens' },
  { name: 'reset at connect', host: 'resets', stream: broken(/^(ECONNRESET|EPIPE|socket_closed)$/), moved: 'opens' },
  { name: 'a connection that nobody serves', host: 'ignores', stream: slow('first_byte_timeout'), moved: 'opens' },
  // Without a name server in reach there is no answer instead of a bad one.
  {
    name: 'DNS failure',
    host: 'no such name',
    stream: broken(/^(ENOTFOUND|EAI_AGAIN)$/),
    moved: 'opens',
  },
  { name: 'TLS: the other side speaks none', host: 'plain', stream: broken(/SSL|EPROTO/), moved: 'opens' },
  { name: 'TLS: the handshake fails', host: 'no certificate', stream: broken(/SSL|EPROTO/), moved: 'opens' },
  { name: 'reset before the first byte', script: () => [reset], stream: broken('ECONNRESET'), moved: 'opens' },
  { name: 'hang-up before the first byte', script: () => [hangUp], stream: broken('socket_closed'), moved: 'opens' },
  {
    name: 'reset within the headers',
    script: () => [{ do: 'raw', bytes: Buffer.from('HTTP/1.1 200 OK\r\ncontent-ty') }, reset],
    stream: broken('ECONNRESET'),
    moved: 'opens',
  },
  {
    name: 'reset at the first byte of the body',
    script: wholeOr(after(0, json(chatCompletion), reset), after(0, stream(chatFrames), reset)),
    stream: broken('ECONNRESET'),
    moved: 'opens',
  },
  {
    name: 'reset mid-stream',
    script: wholeOr(after(1, stream(['{"id":']), reset), after(2, stream(chatFrames), reset)),
    stream: breaks('upstream_error', 'ECONNRESET'),
    whole: broken('ECONNRESET'),
    moved: 'opens',
  },
  {
    name: 'hang-up mid-stream',
    script: wholeOr(after(1, stream(['{"id":']), hangUp), after(2, stream(chatFrames), hangUp)),
    stream: breaks('upstream_error', 'socket_closed'),
    whole: broken('socket_closed'),
    moved: 'opens',
  },
  {
    name: 'no HTTP at all',
    script: () => garbage('SSH-2.0-OpenSSH_9.7\r\n'),
    stream: broken('invalid_http'),
    moved: 'opens',
  },
  {
    name: 'headers of 64 KiB',
    script: () =>
      json(chatCompletion, 200, {
        'x-long': 'x'.repeat(15_000),
        'x-too': 'x'.repeat(15_000),
        'x-much': 'x'.repeat(15_000),
        'x-more': 'x'.repeat(15_000),
      }),
    stream: broken('headers_too_large'),
    moved: 'opens',
  },
  {
    name: 'garbage instead of the first chunk',
    script: () => rawChunked('text/event-stream', 'ZZZ\r\nnot a length\r\n'),
    stream: broken('invalid_http'),
    moved: 'opens',
  },
  {
    name: 'garbage between chunks',
    script: wholeOr(
      rawChunked('application/json', `${httpChunk('{"id":')}ZZZ\r\n`),
      rawChunked('text/event-stream', `${someFrames.map(httpChunk).join('')}ZZZ\r\n`),
    ),
    stream: breaks('upstream_error', 'invalid_http'),
    whole: broken('invalid_http'),
    moved: 'opens',
  },
];

const stalls: Fault[] = [
  { name: 'stall before the first byte', script: () => [stall], stream: slow('first_byte_timeout'), moved: 'opens' },
  {
    name: 'stall after the headers',
    script: wholeOr([...after(0, json(chatCompletion)), stall], [...after(0, stream(chatFrames)), stall]),
    stream: slow('idle_timeout'),
    moved: 'opens',
  },
  {
    name: 'stall after the role',
    script: wholeOr([...after(1, stream(['{"id":'])), stall], [...after(1, stream(chatFrames)), stall]),
    stream: slow('idle_timeout'),
    moved: 'opens',
  },
  {
    name: 'stall after the first token',
    script: wholeOr([...after(1, stream(['{"id":'])), stall], [...after(2, stream(chatFrames)), stall]),
    stream: breaks('gateway_timeout', 'idle_timeout'),
    whole: slow('idle_timeout'),
    moved: 'opens',
  },
  {
    name: 'headers that come late, but in time',
    script: wholeOr(
      [{ do: 'wait', milliseconds: FAULT_LIMIT_MS / 2 }, ...json(chatCompletion)],
      [{ do: 'wait', milliseconds: FAULT_LIMIT_MS / 2 }, ...stream(chatFrames)],
    ),
    stream: serves,
    moved: 'not moved',
  },
  {
    name: 'headers that come too late',
    script: () => [{ do: 'wait', milliseconds: FAULT_LIMIT_MS * 3 }, ...json(chatCompletion)],
    stream: slow('first_byte_timeout'),
    moved: 'opens',
  },
  {
    name: 'comments without end',
    script: () =>
      stream(
        Array.from({ length: 100 }, () => ': still here\n\n'),
        { everyMs: 50 },
      ),
    stream: slow(/^(first_token|idle)_timeout$/),
    whole: slow(/^(whole|idle)_timeout$/),
    moved: 'opens',
  },
];

const bodies: Fault[] = [
  {
    name: '200 with an error body',
    script: () => json(said('overloaded', { type: 'server_error' })),
    stream: broken('500'),
    moved: 'opens',
  },
  {
    name: '200 with an error body (Messages)',
    format: 'messages',
    script: () => json({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }),
    stream: broken('529'),
    moved: 'opens',
  },
  {
    name: '200 with an error body (Gemini)',
    format: 'gemini',
    script: () => json(said('overloaded', { code: 503, status: 'UNAVAILABLE' })),
    stream: broken('503'),
    moved: 'opens',
  },
  {
    name: '200 with an error body (Responses)',
    format: 'responses',
    script: () =>
      json({ object: 'response', status: 'failed', error: { code: 'server_error', message: 'no' }, output: [] }),
    stream: broken('500'),
    moved: 'opens',
  },
  {
    name: '200 with an error body (Converse)',
    format: 'converse',
    script: () => json({ __type: 'ServiceUnavailableException', message: 'no' }),
    stream: broken(),
    moved: 'opens',
  },
  {
    name: '200 with a rate limit in its body',
    script: () => json(said('slow down', { code: 'rate_limit_exceeded' })),
    stream: limited(),
    moved: 'cools down',
  },
  { name: '200 with HTML', script: () => html('<html>log in</html>'), stream: broken(), moved: 'opens' },
  {
    name: '200 with nothing',
    script: () => reply('', 200, { 'content-type': 'application/json' }),
    stream: broken(),
    moved: 'opens',
  },
  {
    name: '204',
    script: () => [{ do: 'head', status: 204, headers: {} }],
    stream: truncated,
    whole: broken(),
    moved: 'opens',
  },
  ...['{}', 'null', '[]', '"ok"', '{"choices":[]}', '{"choices":[{"index":0}]}'].map(
    (text): Fault => ({
      name: `200 with \`${text}\``,
      script: () => reply(text, 200, { 'content-type': 'application/json' }),
      stream: broken(),
      moved: 'opens',
    }),
  ),
  {
    name: '200, packed though nobody asked',
    script: wholeOr(
      [
        { do: 'head', status: 200, headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } },
        { do: 'send', bytes: gzipSync(JSON.stringify(chatCompletion)) },
      ],
      [
        { do: 'head', status: 200, headers: { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' } },
        { do: 'send', bytes: gzipSync(chatFrames.join('')) },
      ],
    ),
    stream: truncated,
    whole: broken(),
    moved: 'opens',
  },
  {
    name: '200 cut before its promised length',
    script: wholeOr(
      [
        { do: 'head', status: 200, headers: { 'content-type': 'application/json', 'content-length': '9999' } },
        { do: 'send', bytes: Buffer.from('{"id":"c"') },
        hangUp,
      ],
      [
        { do: 'head', status: 200, headers: { 'content-type': 'text/event-stream', 'content-length': '9999' } },
        { do: 'send', bytes: Buffer.from(someFrames.join('')) },
        hangUp,
      ],
    ),
    stream: breaks('upstream_error', 'socket_closed'),
    whole: broken('socket_closed'),
    moved: 'opens',
  },
  {
    name: 'an answer that its provider calls failed',
    script: wholeOr(
      json({ ...chatCompletion, choices: [{ ...chatCompletion.choices[0], finish_reason: 'error' }] }),
      stream([...someFrames, sse(chatChunk({}, 'error'))]),
    ),
    stream: breaks('upstream_error', '500'),
    whole: broken('500'),
    moved: 'opens',
  },
  {
    name: 'an answer that its server gave up',
    script: wholeOr(
      json({ ...chatCompletion, choices: [{ ...chatCompletion.choices[0], finish_reason: 'abort' }] }),
      stream([...someFrames, sse(chatChunk({}, 'abort'))]),
    ),
    stream: breaks('upstream_error', '500'),
    whole: broken('500'),
    moved: 'opens',
  },
  {
    name: 'a call that the model failed to write (Gemini)',
    format: 'gemini',
    script: (streamed) => {
      const failed = { candidates: [{ content: {}, finishReason: 'MALFORMED_FUNCTION_CALL', index: 0 }] };
      return streamed ? stream([sse(failed)]) : json(failed);
    },
    stream: broken('model_failed'),
    moved: 'not moved',
  },
  {
    name: 'a call that the model failed to write (Groq)',
    script: () => json(said('Failed to call a function.', { code: 'tool_use_failed', failed_generation: 'f(' }), 400),
    stream: broken('400'),
    moved: 'not moved',
  },
];

const inMessages = [
  namedSse({
    type: 'message_start',
    ...{ message: { id: 'm', role: 'assistant', content: [], usage: { input_tokens: 4, output_tokens: 1 } } },
  }),
  namedSse({ type: 'content_block_start', ...{ index: 0, content_block: { type: 'text', text: '' } } }),
  namedSse({ type: 'content_block_delta', ...{ index: 0, delta: { type: 'text_delta', text: 'Hello ' } } }),
];
const messagesError = namedSse({ type: 'error', ...said('Overloaded', { type: 'overloaded_error' }) });
const inGemini = [sse({ candidates: [{ content: { role: 'model', parts: [{ text: 'Hello ' }] }, index: 0 }] })];
const geminiError = sse(said('overloaded', { code: 503, status: 'UNAVAILABLE' }));
const inResponses = [
  namedSse({
    type: 'response.created',
    ...{ response: { id: 'r', object: 'response', status: 'in_progress', output: [] } },
  }),
  namedSse({
    type: 'response.output_item.added',
    ...{ output_index: 0, item: { id: 'i', type: 'message', status: 'in_progress', content: [], role: 'assistant' } },
  }),
  namedSse({
    type: 'response.output_text.delta',
    ...{ item_id: 'i', output_index: 0, content_index: 0, delta: 'Hello ' },
  }),
];
const responsesError = namedSse({
  type: 'response.failed',
  ...{
    response: {
      id: 'r',
      object: 'response',
      status: 'failed',
      error: { code: 'server_error', message: 'no' },
      output: [],
    },
  },
});
const inConverse = toEventStream([
  '{"messageStart":{"role":"assistant"}}',
  '{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"Hello "}}}',
]);
const converseError = toException('throttlingException', { message: 'slow down' });
const awsStream = (pieces: readonly Uint8Array[]) => stream(pieces, { contentType: AWS_EVENT_STREAM });

const events: Fault[] = [
  {
    name: 'error event first',
    script: () => stream([overloaded]),
    stream: broken('500'),
    whole: broken(),
    moved: 'opens',
  },
  {
    name: 'error event after the role',
    script: () => stream([...firstFrames, overloaded]),
    stream: broken('500'),
    whole: broken(),
    moved: 'opens',
  },
  {
    name: 'error event mid-way',
    script: () => stream([...someFrames, overloaded]),
    stream: breaks('upstream_error', '500'),
    whole: broken(),
    moved: 'opens',
  },
  {
    name: 'error event first (Messages)',
    format: 'messages',
    script: () => stream([messagesError]),
    stream: broken('529'),
    whole: broken(),
    moved: 'opens',
  },
  {
    name: 'error event mid-way (Messages)',
    format: 'messages',
    script: () => stream([...inMessages, messagesError]),
    stream: breaks('upstream_error', '529'),
    whole: broken(),
    moved: 'opens',
  },
  {
    name: 'error event first (Gemini)',
    format: 'gemini',
    script: () => stream([geminiError]),
    stream: broken('503'),
    whole: broken(),
    moved: 'opens',
  },
  {
    name: 'error event mid-way (Gemini)',
    format: 'gemini',
    script: () => stream([...inGemini, geminiError]),
    stream: breaks('upstream_error', '503'),
    whole: broken(),
    moved: 'opens',
  },
  {
    name: 'error event first (Responses)',
    format: 'responses',
    script: () => stream([responsesError]),
    stream: broken('500'),
    whole: broken(),
    moved: 'opens',
  },
  {
    name: 'error event mid-way (Responses)',
    format: 'responses',
    script: () => stream([...inResponses, responsesError]),
    stream: breaks('upstream_error', '500'),
    whole: broken(),
    moved: 'opens',
  },
  {
    name: 'exception first (Converse)',
    format: 'converse',
    script: (streamed) => (streamed ? awsStream([converseError]) : json({ message: 'slow down' }, 429)),
    stream: limited(),
    moved: 'cools down',
  },
  {
    name: 'exception mid-way (Converse)',
    format: 'converse',
    script: (streamed) => (streamed ? awsStream([...inConverse, converseError]) : json({ message: 'slow down' }, 429)),
    stream: breaks('upstream_error', '429'),
    whole: limited(),
    moved: 'cools down',
  },
  {
    name: 'garbage in the first event',
    script: () => stream(['data: {"choices":[{"del\n\n']),
    stream: broken(),
    moved: 'opens',
  },
  {
    name: 'garbage mid-way',
    script: () => stream([...someFrames, 'data: {"choices":[{"del\n\n']),
    stream: breaks('upstream_error', null),
    whole: broken(),
    moved: 'opens',
  },
  {
    name: 'a stream that ends after the role',
    script: () => stream(firstFrames),
    stream: truncated,
    whole: broken(),
    moved: 'opens',
  },
  {
    name: 'a stream that ends without a finish',
    script: () => stream(someFrames),
    stream: breaks('upstream_truncated', null),
    whole: broken(),
    moved: 'opens',
  },
  {
    name: '`[DONE]` without a finish',
    script: () => stream([...someFrames, 'data: [DONE]\n\n']),
    stream: breaks('upstream_truncated', null),
    whole: broken(),
    moved: 'opens',
  },
  {
    name: 'a stream that ends within an event',
    script: () => stream([...someFrames, 'data: {"choices"']),
    stream: breaks('upstream_truncated', null),
    whole: broken(),
    moved: 'opens',
  },
  {
    name: 'a stream of only comments',
    script: () => stream([': hello\n\n', ': still here\n\n']),
    stream: truncated,
    whole: broken(),
    moved: 'opens',
  },
];

export const faults: readonly Fault[] = [...connections, ...statuses, ...stalls, ...bodies, ...events];
