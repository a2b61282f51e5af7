import { describe, expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { cuttings, decode, type Gathered, gather, readRecording, toSse } from '../../../test/support/replay.ts';
import { MeshError } from '../../core/errors.ts';
import { noUsage } from '../../core/money/usage.ts';
import { ResponsesStreamDecoder } from './stream-decoder.ts';

const issuer = 'openai-responses-v1';
const endpoint = makeEndpoint({
  format: 'responses',
  reasoning: { send: 'effort', field: null, replay: 'signed', issuer },
});
const newDecoder = () => new ResponsesStreamDecoder(endpoint);
const decodeEvents = (events: readonly object[]) =>
  decode(
    newDecoder(),
    toSse(
      events.map((event) => JSON.stringify(event)),
      { eventNames: true },
    ),
  );
const gatherEvents = (...events: object[]) => gather(decodeEvents(events));
const errorOf = (run: () => unknown): MeshError => {
  try {
    run();
  } catch (error) {
    if (error instanceof MeshError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};
const completed = (fields: object = {}) => ({
  type: 'response.completed',
  response: { status: 'completed', output: [], ...fields },
});

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
    usage: { ...noUsage, input: 1_300, cacheRead: 1_024, cacheWrite: 200, output: 17 },
  },
  'reasoning-tools': {
    ...nothing,
    content: 'Let me look.',
    reasoning: '**Two cities**\nTwo calls.\n\n**Then**\ncompare.',
    details: [
      {
        type: 'reasoning.summary',
        summary: '**Two cities**\nTwo calls.\n\n**Then**\ncompare.',
        id: 'rs_1',
        format: issuer,
        index: 0,
      },
      { type: 'reasoning.encrypted', data: 'gAAAA-one', id: 'rs_1', format: issuer, index: 1 },
      { type: 'reasoning.encrypted', data: 'gAAAA-two', id: 'rs_2', format: issuer, index: 3 },
    ],
    toolCalls: [
      { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Pune"}' } },
      { id: 'call_2', type: 'function', function: { name: 'now', arguments: '{}' } },
      { id: 'call_3', type: 'function', function: { name: 'weather', arguments: '{"city":"Agra"}' } },
    ],
    finishReasons: ['tool_calls'],
    usage: { ...noUsage, input: 402, output: 140, reasoning: 61 },
  },
  refusal: {
    ...nothing,
    refusal: 'I cannot do that.',
    finishReasons: ['content_filter'],
    usage: { ...noUsage, input: 30, output: 4 },
  },
  incomplete: {
    ...nothing,
    content: 'Once upon',
    finishReasons: ['length'],
    usage: { ...noUsage, input: 20, output: 2 },
  },
};

describe.each(Object.entries(expected))('the recording %s', (name, gathered) => {
  const events = readRecording(`responses/${name}.chunks.txt`);

  test.each(['\n', '\r\n', '\r'])('reads the same however its bytes are cut, lines ending in %j', (newline) => {
    for (const eventNames of [true, false]) {
      for (const { pieces } of cuttings(toSse(events, { newline, eventNames }))) {
        expect(gather(decode(newDecoder(), pieces))).toEqual(gathered);
      }
    }
  });

  test('reads the same at random cuts', () => {
    const whole = Buffer.concat(toSse(events, { eventNames: true }));
    fc.assert(
      fc.property(fc.array(fc.nat(whole.length), { maxLength: 30 }), (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
        const pieces = at.slice(1).map((end, index) => new Uint8Array(whole.subarray(at[index], end)));
        expect(gather(decode(newDecoder(), pieces))).toEqual(gathered);
      }),
      { numRuns: 30 },
    );
  });

  test('cut at any event it is truncated, and never looks whole', () => {
    for (let kept = 0; kept < events.length; kept++) {
      const run = () => decode(newDecoder(), toSse(events.slice(0, kept), { done: true }));
      expect(errorOf(run).code).toBe('upstream_truncated');
    }
  });

  // What is said first in deltas is said again when a part is done, and again when its item is.
  test.each([
    ['deltas', /\.delta$/],
    ['what ends a part', /_(text|part|item)\.done$|refusal\.done$|arguments\.done$/],
    ['deltas and the ends of texts', /\.delta$|_text\.done$|refusal\.done$|arguments\.done$|annotation\.added$/],
    ['deltas and the ends of parts', /\.delta$|(_text|_part|arguments|refusal)\.done$|part\.added$|annotation\.added$/],
    ['the beginnings of items and parts', /\.added$/],
    ['everything but the ends of items', /\.added$|\.delta$|(_text|_part|arguments|refusal)\.done$/],
    ['the ends of items', /output_item\.done$/],
    ['everything but the last event', /output_item|content_part|_text|refusal|arguments|summary|annotation/],
  ])('without %s nothing is lost and nothing doubled', (_, left) => {
    const kept = events.filter((event) => !left.test((JSON.parse(event) as { type: string }).type));
    expect(gather(decode(newDecoder(), toSse(kept)))).toEqual(gathered);
  });
});

test('citations become annotations, once, where their text stands in the answer', () => {
  const citation = { type: 'url_citation', url: 'https://e.org', title: 'E', start_index: 1, end_index: 2 };
  const message = (output_index: number, text: string, annotations: object[]) => ({
    type: 'response.output_item.done',
    output_index,
    item: { type: 'message', content: [{ type: 'output_text', text, annotations }] },
  });
  const added = { type: 'response.output_text.annotation.added', output_index: 1, content_index: 0 };
  const chunks = decodeEvents([
    message(0, 'Hello ', [{ type: 'file_citation', file_id: 'f' }]),
    { type: 'response.output_text.delta', output_index: 1, content_index: 0, delta: 'world' },
    { ...added, annotation_index: 0, annotation: citation },
    message(1, 'world', [citation]),
    completed(),
  ]);
  expect(chunks.flatMap(({ choices }) => choices[0]?.delta.annotations ?? [])).toEqual([
    { type: 'url_citation', url_citation: { url: 'https://e.org', title: 'E', start_index: 9, end_index: 10 } },
  ]);
});

test('a last event whose list lacks an item that was streamed doubles nothing', () => {
  const done = (output_index: number, item: object) => ({ type: 'response.output_item.done', output_index, item });
  const message = { type: 'message', content: [{ type: 'output_text', text: 'a' }] };
  const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'e' };
  expect(gatherEvents(done(0, reasoning), done(1, message), completed({ output: [message] })).content).toBe('a');
});

test('a last event is read for what began and was never done, wherever its list has that', () => {
  const began = (output_index: number, item: object) => ({ type: 'response.output_item.added', output_index, item });
  const reasoning = { type: 'reasoning', id: 'rs_1', summary: [] };
  const message = { type: 'message', id: 'msg_1', content: [] };
  // The call's id changes on the way, which some servers do; the id of the call itself cannot.
  const call = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'f', arguments: '' };
  const output = [
    { ...message, content: [{ type: 'output_text', text: 'a' }] },
    { ...call, id: 'fc_9', arguments: '{"x":1}' },
    { ...message, id: 'msg_2', content: [{ type: 'output_text', text: 'never began' }] },
  ];
  const got = gatherEvents(began(0, reasoning), began(1, message), began(2, call), completed({ output }));
  expect(got).toMatchObject({ content: 'a', toolCalls: [{ function: { arguments: '{"x":1}' } }] });
});

test('log probabilities come with their text', () => {
  const logprobs = [{ token: 'a', logprob: -1, top_logprobs: [{ token: 'b', logprob: -2 }] }];
  const [chunk] = decodeEvents([
    { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'a', logprobs },
    completed(),
  ]);
  expect(chunk?.choices[0]?.logprobs).toEqual({
    content: [{ token: 'a', bytes: null, logprob: -1, top_logprobs: [{ token: 'b', bytes: null, logprob: -2 }] }],
    refusal: null,
  });
});

describe('calls', () => {
  const item = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'f', arguments: '{"x":1}' };
  const at = { output_index: 0, item_id: 'fc_1' };
  const begun = { type: 'response.output_item.added', ...at, item: { ...item, arguments: '' } };
  const delta = { type: 'response.function_call_arguments.delta', ...at, delta: '{"x"' };
  const argumentsDone = { type: 'response.function_call_arguments.done', ...at, arguments: '{"x":1}' };
  const done = { type: 'response.output_item.done', ...at, item };
  const call = [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"x":1}' } }];

  test.each([
    ['in the end of the arguments', [begun, argumentsDone]],
    ['in the end of the item', [begun, done]],
    ['in the end of an item that never began', [delta, argumentsDone, done]],
    ['at once in the beginning', [{ ...begun, item }, done]],
    ['in the rest after some deltas', [begun, delta, argumentsDone, done]],
    ['in the last event alone', []],
  ])('whose arguments come %s have them once', (_, events) =>
    expect(gatherEvents(...events, completed({ output: [item] })).toolCalls).toEqual(call),
  );

  test('whose end never came have valid arguments all the same', () =>
    expect(gatherEvents(begun, completed()).toolCalls[0]?.function.arguments).toBe('{}'));

  test('keep their place when the item’s id changes on the way', () =>
    expect(
      gatherEvents(begun, { ...delta, item_id: 'other' }, { ...done, item: { ...item, id: 'third' } }, completed()),
    ).toMatchObject({ toolCalls: call }));
});

describe('reasoning', () => {
  test('shown as text is text', () => {
    const at = { output_index: 0, item_id: 'rs_1', content_index: 0 };
    expect(
      gatherEvents(
        { type: 'response.reasoning_text.delta', ...at, delta: 'H' },
        { type: 'response.reasoning_text.done', ...at, text: 'Hm.' },
        { type: 'response.output_item.done', output_index: 0, item: { type: 'reasoning', id: 'rs_1', summary: [] } },
        completed(),
      ),
    ).toMatchObject({
      reasoning: 'Hm.',
      details: [{ type: 'reasoning.text', text: 'Hm.', id: 'rs_1', format: issuer, index: 0 }],
    });
  });

  test('counts its place among the parts that a client sends back: all text is one, searches are none', () => {
    const done = (output_index: number, item: object) => ({ type: 'response.output_item.done', output_index, item });
    const message = { type: 'message', content: [{ type: 'output_text', text: 'a' }] };
    const { details } = gatherEvents(
      done(0, { type: 'web_search_call' }),
      done(1, message),
      done(2, message),
      done(3, { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'e' }),
      completed(),
    );
    expect(details).toMatchObject([{ index: 1 }]);
  });
});

describe('the finish', () => {
  const incomplete = (reason: unknown) => ({
    type: 'response.incomplete',
    response: { status: 'incomplete', incomplete_details: reason },
  });

  test.each([
    [{ reason: 'max_output_tokens' }, 'length'],
    [{ reason: 'content_filter' }, 'content_filter'],
    [null, 'length'],
  ])('of a response that is incomplete for %j is %s', (reason, finish) =>
    expect(gatherEvents(incomplete(reason)).finishReasons).toEqual([finish]),
  );

  test('of a response that is incomplete for a reason that nobody knows is a failure', () =>
    expect(() => gatherEvents(incomplete({ reason: 'a reason to come' }))).toThrow(
      expect.objectContaining({ code: 'upstream_error', retry: 'other' }),
    ));

  test('is said once', () => expect(gatherEvents(completed(), completed()).finishReasons).toEqual(['stop']));

  test('may lack usage', () => expect(gatherEvents(completed({ usage: null })).usage).toBeNull());
});

test('events that are not known are skipped', () =>
  expect(
    decodeEvents([
      { type: 'response.queued', response: {} },
      { type: 'response.web_search_call.searching', output_index: 0 },
      { type: 'response.mcp_call_arguments.delta', output_index: 1, delta: '{' },
      { type: 'response.something_new', delta: 'x' },
      { type: 'keepalive', sequence_number: 3 },
      completed(),
    ]),
  ).toHaveLength(1));

describe('an error', () => {
  test('comes after what was decoded before it, even from the same bytes, and stays', () => {
    const decoder = newDecoder();
    const bytes = Buffer.concat(toSse(readRecording('responses/failed.chunks.txt')));
    expect(gather(decoder.push(bytes)).content).toBe('Once');
    for (const again of [() => decoder.push(new Uint8Array()), () => decoder.end()]) {
      expect(errorOf(again)).toMatchObject({ code: 'upstream_error', retry: 'other', message: 'The provider failed.' });
    }
  });

  test.each([
    ['flat', { type: 'error', code: 'rate_limit_exceeded', message: 'slow', param: null }, 'upstream_error', '429'],
    [
      'in an envelope',
      { type: 'error', error: { type: 'invalid_request_error', code: 'context_length_exceeded', message: 'long' } },
      'context_length_exceeded',
      '400',
    ],
    ['without words', { type: 'error' }, 'upstream_error', '500'],
    ['of a failed response', { type: 'response.failed', response: { error: null } }, 'upstream_error', '500'],
    [
      'of content',
      { type: 'response.failed', response: { error: { code: 'bio_policy', message: 'no' } } },
      'content_policy_violation',
      '400',
    ],
    [
      'of an image',
      { type: 'response.failed', response: { error: { code: 'invalid_base64_image', message: 'no' } } },
      'bad_request',
      '400',
    ],
  ])('%s is thrown', (_, event, code, providerCode) =>
    expect(errorOf(() => decodeEvents([event]))).toMatchObject({ code, providerCode }),
  );

  test('is known by its event name alone', () => {
    const bytes = new TextEncoder().encode('event: error\ndata: {"message":"it broke"}\n\n');
    expect(errorOf(() => newDecoder().push(bytes)).code).toBe('upstream_error');
  });

  test('of garbage does not quote it', () => {
    const error = errorOf(() => newDecoder().push(new TextEncoder().encode('data: {"delta":"secret\n\n')));
    expect(error.code).toBe('upstream_error');
    expect(error.message).not.toContain('secret');
  });
});
