import { describe, expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { cuttings, decode, type Gathered, gather, readRecording, toSse } from '../../../test/support/replay.ts';
import { MeshError } from '../../core/errors.ts';
import { noUsage } from '../../core/money/usage.ts';
import { MessagesStreamDecoder } from './stream-decoder.ts';

const issuer = 'anthropic-claude-v1';
const endpoint = makeEndpoint({
  format: 'messages',
  reasoning: { send: 'budget', field: null, replay: 'signed', issuer },
});
const newDecoder = () => new MessagesStreamDecoder(endpoint);
const gatherEvents = (events: readonly string[]) => gather(decode(newDecoder(), toSse(events)));

const nothing: Gathered = {
  content: '',
  reasoning: '',
  refusal: '',
  details: [],
  toolCalls: [],
  finishReasons: ['stop'],
  usage: null,
};

const expected: Record<string, Gathered> = {
  text: {
    ...nothing,
    content: 'Monsoon — वर्षा 🌧️, in short.',
    usage: { ...noUsage, input: 5_221, cacheRead: 4_000, cacheWrite: 200, cacheWrite1h: 1_000, output: 17 },
  },
  'thinking-tools': {
    ...nothing,
    content: 'Let me look.',
    reasoning: 'Two cities, two calls.',
    details: [
      { type: 'reasoning.text', text: 'Two cities, two calls.', signature: 'c2lnbmVkLTE=', format: issuer, index: 0 },
      { type: 'reasoning.encrypted', data: 'ZW5jcnlwdGVk', format: issuer, index: 1 },
      { type: 'reasoning.text', text: '', signature: 'c2lnbmVkLTI=', format: issuer, index: 3 },
    ],
    toolCalls: [
      { id: 'toolu_01First', type: 'function', function: { name: 'weather', arguments: '{"city": "Pune"}' } },
      { id: 'toolu_01Second', type: 'function', function: { name: 'now', arguments: '{}' } },
      { id: 'toolu_01Third', type: 'function', function: { name: 'weather', arguments: '{"city":"Agra"}' } },
    ],
    finishReasons: ['tool_calls'],
    usage: { ...noUsage, input: 402, output: 140, reasoning: 61 },
  },
  'web-search': {
    ...nothing,
    content: 'I will search. The hill is tall.',
    usage: { ...noUsage, input: 5_200, output: 40 },
  },
  refusal: {
    ...nothing,
    content: 'Well, ',
    refusal: 'This could do harm.',
    finishReasons: ['content_filter'],
    usage: { ...noUsage, input: 30, output: 4 },
  },
};

describe.each(Object.keys(expected))('the recorded stream %s', (name) => {
  const events = readRecording(`messages/${name}.chunks.txt`);

  describe.each(['\n', '\r\n', '\r'])('with lines that end in %j', (newline) => {
    test.each(cuttings(toSse(events, { eventNames: true, newline })))('is read $name', ({ pieces }) => {
      expect(gather(decode(newDecoder(), pieces))).toEqual(expected[name]);
    });
  });

  test('is read however its bytes are cut', () => {
    const bytes = new Uint8Array(Buffer.concat(toSse(events, { eventNames: true })));
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(bytes.length), { maxLength: 12 }), (at) => {
        const cuts = [0, ...at.toSorted((a, b) => a - b), bytes.length];
        const pieces = cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
        expect(gather(decode(newDecoder(), pieces))).toEqual(expected[name]);
      }),
      { numRuns: 50 },
    );
  });

  test('never looks whole where it ended before its finish', () => {
    const finish = events.findIndex((event) => event.includes('"message_delta"'));
    for (let length = 0; length <= events.length; length++) {
      const read = () => gatherEvents(events.slice(0, length));
      if (length <= finish) expect(read).toThrow(expect.objectContaining({ code: 'upstream_truncated' }));
      else expect(read()).toEqual(expected[name]);
    }
  });

  test('has no chunk that says nothing', () => {
    for (const { choices, usage } of decode(newDecoder(), toSse(events))) {
      const speaks = choices.some(
        ({ delta, finish_reason }) => finish_reason !== null || Object.keys(delta).length > 0,
      );
      expect(speaks || usage !== undefined).toBe(true);
    }
  });
});

const start = '{"type":"message_start","message":{"usage":{"input_tokens":10,"output_tokens":1}}}';
const stop = '{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":5}}';
const blockStart = (index: number, block: object) =>
  JSON.stringify({ type: 'content_block_start', index, content_block: block });
const blockDelta = (index: number, delta: object) => JSON.stringify({ type: 'content_block_delta', index, delta });

describe('usage', () => {
  test('is not reported before it covers the output, so that a broken stream is not charged as one token', () => {
    const decoder = newDecoder();
    const chunks = toSse([start, blockStart(0, { type: 'text', text: 'Hi' })]).flatMap((piece) => decoder.push(piece));
    expect(chunks).toHaveLength(1);
    expect(gather(chunks).usage).toBeNull();
  });

  test('is set by later reports and never added up', () => {
    const more =
      '{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":12,"output_tokens":9}}';
    expect(gatherEvents([start, stop, more])).toMatchObject({
      finishReasons: ['stop'],
      usage: { input: 12, output: 9 },
    });
  });

  test('is null where the end of the stream reports none', () => {
    expect(gatherEvents([start, '{"type":"message_delta","delta":{"stop_reason":"end_turn"}}']).usage).toBeNull();
  });
});

describe('tool calls', () => {
  test('that run in parallel keep their own index when their parts arrive mixed', () => {
    const events = [
      start,
      blockStart(1, { type: 'tool_use', id: 'a', name: 'f', input: {} }),
      blockStart(2, { type: 'tool_use', id: 'b', name: 'g', input: {} }),
      blockDelta(2, { type: 'input_json_delta', partial_json: '{"b":' }),
      blockDelta(1, { type: 'input_json_delta', partial_json: '{"a":1}' }),
      blockDelta(2, { type: 'input_json_delta', partial_json: '2}' }),
      stop,
    ];
    expect(gatherEvents(events)).toMatchObject({
      toolCalls: [
        { id: 'a', function: { name: 'f', arguments: '{"a":1}' } },
        { id: 'b', function: { name: 'g', arguments: '{"b":2}' } },
      ],
      finishReasons: ['tool_calls'],
    });
  });

  test('whose block was never closed still end in valid JSON', () => {
    const events = [start, blockStart(0, { type: 'tool_use', id: 'a', name: 'f', input: {} }), stop];
    expect(gatherEvents(events).toolCalls[0]?.function.arguments).toBe('{}');
  });
});

describe('positions of thinking', () => {
  test('count all text as the one part that a client sends back', () => {
    const events = [
      start,
      blockStart(0, { type: 'text', text: '\n' }),
      blockStart(1, { type: 'thinking', thinking: 'a', signature: 's' }),
      blockStart(2, { type: 'text', text: 'One, ' }),
      blockStart(3, { type: 'text', text: 'two.' }),
      blockStart(4, { type: 'thinking', thinking: 'b', signature: 't' }),
      blockStart(5, { type: 'tool_use', id: 'c', name: 'f', input: {} }),
      stop,
    ];
    expect(gatherEvents(events).details.map((detail) => detail.index)).toEqual([0, 2]);
  });
});

test('a citation becomes an annotation over the text of its block', () => {
  const chunks = decode(newDecoder(), toSse(readRecording('messages/web-search.chunks.txt')));
  expect(chunks.flatMap((chunk) => chunk.choices[0]?.delta.annotations ?? [])).toEqual([
    {
      type: 'url_citation',
      url_citation: { url: 'https://hills.example/tall', title: 'Hills', start_index: 15, end_index: 32 },
    },
  ]);
});

describe('a stream that fails', () => {
  const overloaded = toSse(readRecording('messages/overloaded.chunks.txt'));

  test('before its first token fails in the call that read the error, so that another endpoint can be tried', () => {
    const decoder = newDecoder();
    expect(decoder.push(overloaded[0] as Uint8Array)).toEqual([]);
    expect(() => decoder.push(overloaded[3] as Uint8Array)).toThrow(
      expect.objectContaining({
        code: 'upstream_error',
        retry: 'other',
        providerCode: '529',
        details: { provider_error: 'overloaded_error' },
      }),
    );
  });

  test('half-way gives what came before the error, then the error, again and again', () => {
    const decoder = newDecoder();
    const chunks = decoder.push(new Uint8Array(Buffer.concat(overloaded)));
    expect(gather(chunks).content).toBe('It was');
    for (let call = 0; call < 2; call++) {
      expect(() => decoder.push(new Uint8Array())).toThrow(expect.objectContaining({ code: 'upstream_error' }));
    }
    expect(() => decoder.end()).toThrow(
      expect.objectContaining({ providerCode: '529', details: { provider_error: 'overloaded_error' } }),
    );
  });

  test.each([
    ['{"type":"error","error":{"type":"rate_limit_error","message":"slow"}}', 'upstream_error', '429'],
    ['{"type":"error","error":{"type":"api_error","message":"oops"}}', 'upstream_error', '500'],
    ['{"type":"error","error":{"type":"invalid_request_error","message":"no"}}', 'bad_request', '400'],
    ['{"error":{"code":503,"message":"try again","status":"UNAVAILABLE"}}', 'upstream_error', '503'],
    ['{"type":"error"}', 'upstream_error', '500'],
    ['{"type":"content_block_delta","index":7,"delta":{"type":"text_delta","text":"x"}}', 'upstream_error', null],
    ['<html>', 'upstream_error', null],
  ])('with %s is %s', (data, code, providerCode) => {
    const frame = new TextEncoder().encode(`event: error\ndata: ${data}\n\n`);
    expect(() => newDecoder().push(frame)).toThrow(expect.objectContaining({ code, providerCode }));
  });

  test('keeps the text of garbage to itself', () => {
    const frame = new TextEncoder().encode('data: {"type":"content_block_delta","delta":{"text":"secret\n\n');
    let thrown: unknown;
    try {
      newDecoder().push(frame);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(MeshError);
    expect(String(thrown)).not.toContain('secret');
  });
});

test('keep-alives that pretend to be data are no events', () => {
  const frames = [new TextEncoder().encode('data: : keepalive\n\n: ping\n\n'), ...toSse([start, stop])];
  expect(gather(decode(newDecoder(), frames)).finishReasons).toEqual(['stop']);
});
