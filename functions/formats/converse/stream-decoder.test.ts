import { describe, expect, test } from '@jest/globals';
import { toEventStream, toException, toMessage } from '../../../test/support/event-stream.ts';
import fc from '../../../test/support/fast-check.ts';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { cuttings, decode, type Gathered, gather, readRecording, readReply } from '../../../test/support/replay.ts';
import { MeshError } from '../../core/errors.ts';
import { noUsage } from '../../core/money/usage.ts';
import { MAX_FRAME_BYTES } from './event-stream.ts';
import { fromResponse } from './from-response.ts';
import { ConverseStreamDecoder } from './stream-decoder.ts';

const issuer = 'anthropic-claude-v1';
const endpoint = makeEndpoint({
  format: 'converse',
  reasoning: { send: 'budget', field: null, replay: 'signed', issuer },
});
const newDecoder = () => new ConverseStreamDecoder(endpoint);

const text: Gathered = {
  content: 'Monsoon — वर्षा 🌧️.',
  reasoning: '',
  refusal: '',
  details: [],
  toolCalls: [],
  finishReasons: ['stop'],
  usage: { ...noUsage, input: 1_621, cacheRead: 1_000, cacheWrite: 100, cacheWrite1h: 500, output: 9 },
};
const tools: Gathered = {
  content: 'Let me look.',
  reasoning: 'Two cities, two calls.',
  refusal: '',
  details: [
    { type: 'reasoning.text', text: 'Two cities, two calls.', signature: 'c2lnbmVk', format: issuer, index: 0 },
    { type: 'reasoning.encrypted', data: 'aGlkZGVu', format: issuer, index: 1 },
  ],
  toolCalls: [
    { id: 'tooluse_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Pune"}' } },
    { id: 'tooluse_2', type: 'function', function: { name: 'now', arguments: '{}' } },
  ],
  finishReasons: ['tool_calls'],
  usage: { ...noUsage, input: 402, output: 140 },
};

describe.each([
  ['text', text],
  ['reasoning-tools', tools],
])('the recording %s', (name, expected) => {
  const events = readRecording(`converse/${name}.chunks.txt`);

  test.each(cuttings(toEventStream(events)))('is the same $name', ({ pieces }) => {
    expect(gather(decode(newDecoder(), pieces))).toEqual(expected);
  });

  test('is the same however it is cut', () => {
    const bytes = Buffer.concat(toEventStream(events));
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(bytes.length), { maxLength: 12 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
        expect(gather(decode(newDecoder(), pieces))).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  test('cut short before its messageStop never looks whole', () => {
    const stop = events.findIndex((event) => event.startsWith('{"messageStop"'));
    for (let kept = 0; kept <= stop; kept++) {
      expect(() => decode(newDecoder(), toEventStream(events.slice(0, kept)))).toThrow(
        expect.objectContaining({ code: 'upstream_truncated' }),
      );
    }
    expect(gather(decode(newDecoder(), toEventStream(events.slice(0, stop + 1)))).finishReasons).toEqual(
      expected.finishReasons,
    );
  });

  test('cut in the middle of its messageStop is truncated', () => {
    const stop = events.findIndex((event) => event.startsWith('{"messageStop"'));
    const bytes = Buffer.concat(toEventStream(events.slice(0, stop + 1)));
    expect(() => decode(newDecoder(), [bytes.subarray(0, -3)])).toThrow(
      expect.objectContaining({ code: 'upstream_truncated' }),
    );
  });

  test('has no chunk that says nothing', () => {
    for (const { choices, usage } of decode(newDecoder(), toEventStream(events))) {
      const speaks = choices.some(
        ({ delta, finish_reason }) => finish_reason !== null || Object.keys(delta).length > 0,
      );
      expect(speaks || usage !== undefined).toBe(true);
    }
  });
});

test('a whole reply says the same as its stream', () => {
  const { choices, usage } = fromResponse(readReply('converse/reasoning-tools.json'), endpoint);
  expect(usage).toEqual(tools.usage);
  expect(choices).toEqual([
    {
      index: 0,
      finish_reason: 'tool_calls',
      logprobs: null,
      message: {
        role: 'assistant',
        content: tools.content,
        refusal: null,
        reasoning: tools.reasoning,
        reasoning_details: tools.details,
        tool_calls: tools.toolCalls,
      },
    },
  ]);
});

test.each([null, 'text', {}, { output: {} }, { output: { message: { content: 'x' } } }, { message: 'denied' }])(
  '%j is no reply',
  (body) => {
    expect(() => fromResponse(body, endpoint)).toThrow(expect.objectContaining({ code: 'upstream_error' }));
  },
);

describe('exceptions in a stream', () => {
  test.each([
    ['throttlingException', 'upstream_error', '429', 'other'],
    ['modelStreamErrorException', 'upstream_error', '424', 'other'],
    ['internalServerException', 'upstream_error', '500', 'other'],
    ['serviceUnavailableException', 'upstream_error', '503', 'other'],
    ['modelTimeoutException', 'gateway_timeout', '408', 'other'],
    ['validationException', 'bad_request', '400', 'never'],
    ['somethingNewException', 'upstream_error', '500', 'other'],
  ])('%s is %s', (type, code, providerCode, retry) => {
    expect(() => newDecoder().push(toException(type, { message: 'no' }))).toThrow(
      expect.objectContaining({ code, providerCode, retry }),
    );
  });

  test('do not cost what was decoded before them', () => {
    const decoder = newDecoder();
    const events = toEventStream(readRecording('converse/text.chunks.txt').slice(0, 2));
    const chunks = decoder.push(Buffer.concat([...events, toException('throttlingException', {})]));
    expect(gather(chunks).content).toBe('Monsoon — ');
    expect(() => decoder.push(Buffer.alloc(0))).toThrow(MeshError);
    expect(() => decoder.end()).toThrow(MeshError);
  });
});

describe('bytes that are no event stream', () => {
  const [message = new Uint8Array()] = toEventStream(['{"messageStart":{"role":"assistant"}}']);
  const flip = (at: number) => message.map((byte, index) => (index === at ? byte ^ 1 : byte));

  test.each<[string, Uint8Array]>([
    ['HTML', Buffer.from('<html>'.repeat(8))],
    ['a flipped bit in the prelude', flip(9)],
    ['a flipped bit in the payload', flip(message.length - 8)],
    ['a length below the smallest', Buffer.from([0, 0, 0, 4, 0, 0, 0, 0])],
  ])('%s is refused', (_name, bytes) => {
    expect(() => newDecoder().push(bytes)).toThrow(expect.objectContaining({ code: 'upstream_error' }));
  });

  test('a length beyond the largest is refused before it is waited for', () => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(MAX_FRAME_BYTES + 1);
    expect(() => newDecoder().push(bytes)).toThrow(MeshError);
  });

  test('an event whose payload is no JSON is refused, without a word of it', () => {
    const [garbled] = toEventStream([JSON.stringify({ contentBlockDelta: 'half an ans' })]);
    expect(() => newDecoder().push(garbled ?? new Uint8Array())).toThrow(
      'The provider sent an event that could not be read.',
    );
  });

  test('a part of a call that never began is an error, not a crash', () => {
    const stray = toEventStream(['{"contentBlockDelta":{"contentBlockIndex":7,"delta":{"toolUse":{"input":"{}"}}}}']);
    expect(() => decode(newDecoder(), stray)).toThrow(expect.objectContaining({ code: 'upstream_error' }));
  });
});

test('a finish that comes twice is passed on once', () => {
  const twice = toEventStream([
    '{"messageStop":{"stopReason":"max_tokens"}}',
    '{"messageStop":{"stopReason":"end_turn"}}',
  ]);
  expect(gather(decode(newDecoder(), twice)).finishReasons).toEqual(['length']);
});

const decodeEvents = (events: readonly object[]) =>
  gather(decode(newDecoder(), toEventStream(events.map((event) => JSON.stringify(event)))));
const delta = (contentBlockIndex: number, piece: object) => ({
  contentBlockDelta: { contentBlockIndex, delta: piece },
});
const messageStop = (stopReason: string) => ({ messageStop: { stopReason } });

test('blocks that nothing stopped are ended by the finish', () => {
  const gathered = decodeEvents([
    delta(0, { reasoningContent: { redactedContent: 'aGk=' } }),
    { contentBlockStart: { contentBlockIndex: 1, start: { toolUse: { toolUseId: 't', name: 'now' } } } },
    messageStop('tool_use'),
  ]);
  expect(gathered.details).toEqual([{ type: 'reasoning.encrypted', data: 'aGk=', format: issuer, index: 0 }]);
  expect(gathered.toolCalls[0]?.function).toEqual({ name: 'now', arguments: '{}' });
});

test('redacted reasoning in pieces is one base64 text, though each piece was padded', () => {
  const pieces = ['aGk=', 'ZGRlbg=='].map((redactedContent) => delta(0, { reasoningContent: { redactedContent } }));
  const { details } = decodeEvents([...pieces, messageStop('end_turn')]);
  expect(details).toMatchObject([{ data: Buffer.from('hidden').toString('base64') }]);
});

test('calls of server tools, and blocks of types to come, are none of the answer', () => {
  const gathered = decodeEvents([
    {
      contentBlockStart: {
        contentBlockIndex: 0,
        start: { toolUse: { toolUseId: 's', name: 'nova_grounding', type: 'server_tool_use' } },
      },
    },
    delta(0, { toolUse: { input: '{}' } }),
    { contentBlockStop: { contentBlockIndex: 0 } },
    { contentBlockStart: { contentBlockIndex: 1, start: { image: { format: 'png' } } } },
    delta(1, { image: { source: { bytes: 'AAAA' } } }),
    { somethingNew: { text: 'x' } },
    delta(2, { text: 'Hi' }),
    messageStop('end_turn'),
  ]);
  expect(gathered).toMatchObject({ content: 'Hi', toolCalls: [], finishReasons: ['stop'] });
});

test('web citations become annotations of the text that they stand in', () => {
  const events = [
    delta(0, { text: 'Hills. ' }),
    delta(1, { text: 'The hill is tall.' }),
    delta(1, { citation: { title: 'Hills', location: { web: { url: 'https://hills.example' } } } }),
    delta(1, { citation: { title: 'A file', location: { documentPage: { documentIndex: 0 } } } }),
    { contentBlockStop: { contentBlockIndex: 1 } },
    messageStop('end_turn'),
  ].map((event) => JSON.stringify(event));
  const annotations = decode(newDecoder(), toEventStream(events)).flatMap(
    ({ choices }) => choices[0]?.delta.annotations ?? [],
  );
  expect(annotations).toEqual([
    {
      type: 'url_citation',
      url_citation: { url: 'https://hills.example', title: 'Hills', start_index: 7, end_index: 24 },
    },
  ]);
});

test.each([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['guardrail_intervened', 'content_filter'],
  ['content_filtered', 'content_filter'],
])('the stop reason %s is %s, and a filter is also told as a refusal', (stopReason, finish) => {
  const gathered = decodeEvents([messageStop(stopReason)]);
  expect(gathered.finishReasons).toEqual([finish]);
  expect(gathered.refusal === '').toBe(finish !== 'content_filter');
});

test('the stop sequence that an answer came to is said with its end, streamed and whole', () => {
  const additionalModelResponseFields = { stop_sequence: 'END' };
  const stopped = { messageStop: { stopReason: 'stop_sequence', additionalModelResponseFields } };
  const events = [delta(0, { text: 'Hi' }), stopped].map((event) => JSON.stringify(event));
  const [choice] = decode(newDecoder(), toEventStream(events)).at(-1)?.choices ?? [];
  expect(choice).toEqual({ index: 0, delta: {}, finish_reason: 'stop', stop_reason: 'END' });
  const output = { message: { role: 'assistant', content: [{ text: 'Hi' }] } };
  const whole = { output, stopReason: 'stop_sequence', additionalModelResponseFields };
  expect(fromResponse(whole, endpoint).choices[0]).toMatchObject({ finish_reason: 'stop', stop_reason: 'END' });
  expect(fromResponse({ ...whole, additionalModelResponseFields: null }, endpoint).choices[0]).not.toHaveProperty(
    'stop_reason',
  );
});

test('an error that the service does not model is thrown with its code', () => {
  const error = toMessage({ ':message-type': 'error', ':error-code': 'InternalFailure', ':error-message': 'oh' }, {});
  expect(() => newDecoder().push(error)).toThrow(
    expect.objectContaining({ code: 'upstream_error', details: { provider_error: 'InternalFailure' } }),
  );
});
