import { describe, expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { cuttings, decode, type Gathered, gather, readRecording, toSse } from '../../../test/support/replay.ts';
import { MeshError } from '../../core/errors.ts';
import { noUsage } from '../../core/money/usage.ts';
import { ChatStreamDecoder } from './stream-decoder.ts';

const issuer = 'unknown';
const endpoint = makeEndpoint({
  reasoning: { send: 'effort', field: 'reasoning_content', replay: 'always', issuer },
  usage: { cached: 'prompt_cache_hit_tokens' },
});
const newDecoder = () => new ChatStreamDecoder(endpoint);
const decodeEvents = (events: readonly object[]) =>
  decode(newDecoder(), toSse(events.map((event) => JSON.stringify(event))));
const gatherEvents = (...events: object[]) => gather(decodeEvents(events));
const delta = (fields: object, finish: string | null = null) => ({
  id: 'answer',
  choices: [{ index: 0, delta: fields, finish_reason: finish }],
});
const callsOf = (...calls: [id: string, name: string, args: string][]) =>
  calls.map(([id, name, args]) => ({ id, type: 'function', function: { name, arguments: args } }));
const errorOf = (run: () => unknown): MeshError => {
  try {
    run();
  } catch (error) {
    if (error instanceof MeshError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

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
    usage: { ...noUsage, input: 1_300, cacheRead: 1_024, inputAudio: 6, output: 17 },
  },
  tools: {
    ...nothing,
    toolCalls: callsOf(
      ['call_A1', 'weather', '{"city":"पुणे"}'],
      ['call_B2', 'now', '{}'],
      ['call_C3', 'weather', '{"city":"Agra"}'],
    ) as Gathered['toolCalls'],
    finishReasons: ['tool_calls'],
    usage: { ...noUsage, input: 88, output: 40 },
  },
  reasoning: {
    ...nothing,
    content: 'Pune is warmer.',
    reasoning: 'Two cities, one answer.',
    details: [{ type: 'reasoning.text', text: 'Two cities, one answer.', format: issuer, index: 0 }],
    usage: { ...noUsage, input: 500, cacheRead: 448, output: 60, reasoning: 41 },
  },
  'sloppy-tools': {
    ...nothing,
    toolCalls: callsOf(
      ['c1', 'weather', '{"city":"Pune"}'],
      ['c2', 'search', '{"q":"rain"}'],
      ['c3', 'now', '{}'],
    ) as Gathered['toolCalls'],
    finishReasons: ['tool_calls'],
    usage: { ...noUsage, input: 10, output: 20 },
  },
};

describe.each(Object.entries(expected))('the recording %s', (name, gathered) => {
  const events = readRecording(`chat/${name}.chunks.txt`);

  test.each(['\n', '\r\n', '\r'])('reads the same however its bytes are cut, lines ending in %j', (newline) => {
    for (const { pieces } of cuttings(toSse(events, { newline, done: true }))) {
      expect(gather(decode(newDecoder(), pieces))).toEqual(gathered);
    }
  });

  test('reads the same at random cuts', () => {
    const whole = Buffer.concat(toSse(events));
    fc.assert(
      fc.property(fc.array(fc.nat(whole.length), { maxLength: 30 }), (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
        const pieces = at.slice(1).map((end, index) => new Uint8Array(whole.subarray(at[index], end)));
        expect(gather(decode(newDecoder(), pieces))).toEqual(gathered);
      }),
      { numRuns: 30 },
    );
  });

  test('cut at any event before its finish it is truncated, [DONE] or not, and never looks whole', () => {
    const finishAt = events.findIndex((event) => /"finish_reason":"[a-z]/.test(event));
    expect(finishAt).toBeGreaterThan(0);
    for (let kept = 0; kept < events.length; kept++) {
      for (const done of [false, true]) {
        const run = () => decode(newDecoder(), toSse(events.slice(0, kept), { done }));
        if (kept > finishAt) expect(gather(run()).finishReasons).toEqual(gathered.finishReasons);
        else expect(errorOf(run).code).toBe('upstream_truncated');
      }
    }
  });
});

describe('an error in the stream', () => {
  const events = readRecording('chat/overloaded.chunks.txt');

  test('comes after what was decoded before it, even from the same bytes, and stays', () => {
    const decoder = newDecoder();
    expect(gather(decoder.push(Buffer.concat(toSse(events)))).content).toBe('Once upon');
    for (const again of [() => decoder.push(new Uint8Array()), () => decoder.end()]) {
      expect(errorOf(again)).toMatchObject({ code: 'upstream_error', retry: 'other', providerCode: '503' });
    }
  });

  test.each([
    ['as the first event', { error: { message: 'slow down', type: 'rate_limit_error', code: null } }, '429'],
    ['with empty choices', { choices: [], error: { message: 'it broke' } }, '500'],
    ['as text', { error: 'it broke' }, '500'],
    ['with a status of its own', { error: { code: 429, message: 'slow down' } }, '429'],
    ['as an object that says so', { object: 'error', message: 'it broke', code: 503 }, '503'],
    ['inside a choice', { choices: [{ index: 0, error: { code: 502, message: 'it broke' }, delta: {} }] }, '502'],
    ['as a finish reason', delta({ content: '' }, 'error'), '500'],
    ['as an interrupted inference', delta({ content: '' }, 'insufficient_system_resource'), '500'],
  ])('%s is thrown', (_, event, providerCode) => {
    expect(errorOf(() => decodeEvents([event]))).toMatchObject({ retry: 'other', providerCode });
  });

  test('is known by its event name alone', () => {
    const bytes = new TextEncoder().encode('event: error\ndata: {"message":"it broke"}\n\n');
    expect(errorOf(() => newDecoder().push(bytes)).code).toBe('upstream_error');
  });

  test('of the caller’s making is not tried elsewhere', () => {
    const event = { error: { message: 'maximum context length is 8 tokens', code: 'context_length_exceeded' } };
    expect(errorOf(() => decodeEvents([event]))).toMatchObject({ code: 'context_length_exceeded', retry: 'never' });
  });

  test('`error: null` is none', () =>
    expect(gatherEvents({ ...delta({ content: 'hi' }, 'stop'), error: null }).content).toBe('hi'));
});

test('garbage is an upstream error that does not quote it', () => {
  const bytes = new TextEncoder().encode('data: {"choices":[{"delta":{"content":"secret\n\n');
  const error = errorOf(() => newDecoder().push(bytes));
  expect(error.code).toBe('upstream_error');
  expect(error.message).not.toContain('secret');
});

test('keep-alives, comments and [DONE] are no chunks', () => {
  const decoder = newDecoder();
  expect(decoder.push(new TextEncoder().encode(': ping\n\ndata: : keepalive\n\ndata:\n\ndata: [DONE]\n\n'))).toEqual(
    [],
  );
});

describe('tool calls of sloppy providers', () => {
  const toolCalls = (...parts: object[][]) =>
    gatherEvents(...parts.map((tool_calls) => delta({ tool_calls })), delta({}, 'stop')).toolCalls;
  const calls = (...tool_calls: object[]) => delta({ tool_calls });
  const fn = (name: string | undefined, args: unknown) => ({ function: { name, arguments: args } });

  test('without an index are told apart by their ids', () =>
    expect(
      toolCalls([{ id: 'a', ...fn('f', '{"x"') }], [{ id: 'b', ...fn('g', '{}') }], [{ id: 'a', ...fn('', ':1}') }]),
    ).toEqual(callsOf(['a', 'f', '{"x":1}'], ['b', 'g', '{}'])));

  test('that all have the index 0 are told apart by their ids', () =>
    expect(
      toolCalls([{ index: 0, id: 'a', ...fn('f', '{}') }], [{ index: 0, id: 'b', ...fn('f', '{"x":1}') }]),
    ).toEqual(callsOf(['a', 'f', '{}'], ['b', 'f', '{"x":1}'])));

  test.each([{ index: 0 }, { index: 0, id: '' }])(
    'of which each is just %j are told apart by whole arguments',
    (place) =>
      expect(
        toolCalls(
          [{ ...place, ...fn('f', '{"x":1}') }],
          [{ ...place, ...fn('f', '{"x"') }],
          [{ ...place, ...fn('f', ':{}}') }],
        ),
      ).toEqual(callsOf(['call_answer_0', 'f', '{"x":1}'], ['call_answer_1', 'f', '{"x":{}}'])),
  );

  test('that are named again without more arguments are not called again', () =>
    expect(toolCalls([{ index: 0, ...fn('f', '{"x":1}') }], [{ index: 0, ...fn('f', '') }])).toEqual(
      callsOf(['call_answer_0', 'f', '{"x":1}']),
    ));

  test('with a new id in every delta go on by their index', () =>
    expect(
      toolCalls([{ index: 0, id: 'a', ...fn('f', '{"x"') }], [{ index: 0, id: 'z9', ...fn(undefined, ':1}') }]),
    ).toEqual(callsOf(['a', 'f', '{"x":1}'])));

  test('with a name in every delta name the function once', () =>
    expect(toolCalls([{ index: 0, id: 'a', ...fn('f', '{"x"') }], [{ index: 0, id: 'a', ...fn('f', ':1}') }])).toEqual(
      callsOf(['a', 'f', '{"x":1}']),
    ));

  test('counted from 1, or with gaps, are counted from 0', () =>
    expect(toolCalls([{ index: 1, id: 'a', ...fn('f', '{}') }], [{ index: 5, id: 'b', ...fn('g', '{}') }])).toEqual(
      callsOf(['a', 'f', '{}'], ['b', 'g', '{}']),
    ));

  test('without ids get one that no other answer has', () =>
    expect(toolCalls([fn('f', '{}'), fn('g', {})])).toEqual(
      callsOf(['call_answer_0', 'f', '{}'], ['call_answer_1', 'g', '{}']),
    ));

  test.each([
    ['pieces', ['get_', 'weather']],
    ['all of it, longer each time', ['get_', 'get_weather']],
    ['all of it each time', ['get_weather', 'get_weather']],
  ])('have their whole name, said once, whether it comes in %s', (_, names) => {
    const named = names.map((name) => calls({ index: 0, id: 'c', function: { name, arguments: '' } }));
    const args = calls({ index: 0, function: { arguments: '{"a":1}' } });
    const expected = { ...nothing, finishReasons: ['tool_calls'] };
    expect(gatherEvents(...named, args, delta({}, 'stop'))).toEqual({
      ...expected,
      toolCalls: callsOf(['c', 'get_weather', '{"a":1}']),
    });
    expect(gatherEvents(...named, delta({}, 'stop'))).toEqual({
      ...expected,
      toolCalls: callsOf(['c', 'get_weather', '{}']),
    });
  });

  test('with two deltas of one call in a list have one', () => {
    const begin = { index: 0, id: 'c', function: { name: 'f', arguments: '{"a"' } };
    const rest = { index: 0, function: { arguments: ':1}' } };
    const [first] = decodeEvents([calls(begin, rest), delta({}, 'stop')]);
    expect(first?.choices[0]?.delta.tool_calls).toEqual([
      { index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
    ]);
    const [only] = decodeEvents([
      {
        id: 'answer',
        choices: [{ index: 0, delta: { tool_calls: [{ ...begin, function: { name: 'f' } }] }, finish_reason: 'stop' }],
      },
    ]);
    expect(only?.choices[0]?.delta.tool_calls).toEqual([
      { index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } },
    ]);
  });

  test('that begin before they have a name wait for it', () =>
    expect(toolCalls([{ index: 0, id: 'a', ...fn(undefined, '{"x"') }], [{ index: 0, ...fn('f', ':1}') }])).toEqual(
      callsOf(['a', 'f', '{"x":1}']),
    ));

  test('without arguments have empty ones that are valid JSON, once', () => {
    const events = [delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f' } }] }), delta({}, 'tool_calls')];
    expect(gather(decodeEvents([...events, delta({}, 'tool_calls')])).toolCalls).toEqual(callsOf(['a', 'f', '{}']));
  });

  test('keep the fields that the router does not know', () => {
    const extra_content = { google: { thought_signature: 'c2ln' } };
    const chunks = decodeEvents([delta({ tool_calls: [{ id: 'a', extra_content, ...fn('f', '{}') }] }, 'stop')]);
    expect(chunks[0]?.choices[0]?.delta.tool_calls?.[0]).toMatchObject({ index: 0, extra_content });
  });
});

describe('reasoning', () => {
  test.each(['reasoning', 'reasoning_content', 'reasoning_text'])('is found in %s', (field) => {
    const decoder = new ChatStreamDecoder(
      makeEndpoint({ reasoning: { send: 'effort', field: 'reasoning_text', replay: 'never', issuer } }),
    );
    const bytes = toSse([delta({ [field]: 'Hm.' }), delta({}, 'stop')].map((event) => JSON.stringify(event)));
    expect(gather(decode(decoder, bytes))).toMatchObject({
      reasoning: 'Hm.',
      details: [{ type: 'reasoning.text', text: 'Hm.', format: issuer, index: 0 }],
    });
  });

  test('said under two names is said once, and stays under no other name', () => {
    const [chunk] = decodeEvents([delta({ reasoning: 'Hm.', reasoning_content: 'Hm.' }), delta({}, 'stop')]);
    expect(chunk?.choices[0]?.delta).toEqual({
      reasoning: 'Hm.',
      reasoning_details: [{ type: 'reasoning.text', text: 'Hm.', format: issuer, index: 0 }],
    });
  });

  test('with details keeps them, issuer included', () => {
    const detail = { type: 'reasoning.text', text: 'Hm.', signature: 's', format: 'anthropic-claude-v1', index: 2 };
    expect(
      gatherEvents(delta({ reasoning: 'Hm.', reasoning_details: [detail, { type: 'new' }] }), delta({}, 'stop')),
    ).toMatchObject({ reasoning: 'Hm.', details: [detail] });
  });

  test('in a list of content parts is told from the text', () => {
    const thinking = { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] };
    expect(
      gatherEvents(delta({ content: [thinking] }), delta({ content: [{ type: 'text', text: 'Yes' }] }, 'stop')),
    ).toMatchObject({ reasoning: 'Hm.', content: 'Yes' });
  });
});

describe('the relay', () => {
  test('keeps fields it has never heard of and drops the padding', () => {
    const choice = { index: 0, delta: { content: 'a', mood: 'x' }, finish_reason: 'stop', token_ids: [1] };
    const [chunk] = decodeEvents([{ id: 'c', citations: ['u'], obfuscation: 'xyz', usage: null, choices: [choice] }]);
    expect(chunk).toEqual({ id: 'c', citations: ['u'], choices: [choice] });
  });

  test('makes no chunk of a delta that says nothing', () =>
    expect(
      decodeEvents([
        { choices: [], prompt_filter_results: [] },
        delta({ role: 'assistant', content: '', refusal: null, tool_calls: [] }),
        { choices: [{ index: 0, finish_reason: '', logprobs: null, content_filter_results: {} }] },
        delta({}, 'stop'),
      ]),
    ).toHaveLength(1));

  test('takes a message that comes at once, and does not say again what came in pieces', () => {
    const message = { role: 'assistant', content: 'All of it.' };
    const whole = { id: 'answer', choices: [{ index: 0, message, finish_reason: 'stop' }] };
    expect(gatherEvents(whole)).toEqual({ ...nothing, content: 'All of it.' });
    const [last] = decodeEvents([delta({ content: 'All ' }), delta({ content: 'of it.' }), whole]).slice(-1);
    expect(last?.choices).toEqual([{ index: 0, delta: {}, finish_reason: 'stop' }]);
  });

  test('says the finish once, however often the provider does', () =>
    expect(gatherEvents(delta({ content: 'a' }, 'stop'), delta({}, 'stop')).finishReasons).toEqual(['stop']));

  test('keeps several choices apart, and is truncated until the last has finished', () => {
    const choice = (index: number, fields: object, finish: string | null = null) => ({
      choices: [{ index, delta: fields, finish_reason: finish }],
    });
    const call = { index: 0, id: 'a', function: { name: 'f', arguments: '{}' } };
    const events = [choice(0, { content: 'A' }), choice(1, { tool_calls: [call] }), choice(0, {}, 'stop')];
    expect(errorOf(() => decodeEvents(events)).code).toBe('upstream_truncated');
    const chunks = decodeEvents([...events, choice(1, {}, 'stop')]);
    expect(chunks.flatMap(({ choices }) => choices.map((each) => [each.index, each.finish_reason]))).toEqual([
      [0, null],
      [1, null],
      [0, 'stop'],
      [1, 'tool_calls'],
    ]);
  });

  test('passes log probabilities on', () => {
    const logprobs = { content: [{ token: 'a', bytes: null, logprob: -1, top_logprobs: [] }], refusal: null };
    const [chunk] = decodeEvents([
      { choices: [{ index: 0, delta: { content: 'a' }, logprobs, finish_reason: 'stop' }] },
    ]);
    expect(chunk?.choices[0]?.logprobs).toEqual(logprobs);
  });
});

describe('usage', () => {
  const usage = (prompt_tokens: number) => ({ prompt_tokens, completion_tokens: 1 });

  test('reported twice is the last one, not the sum', () =>
    expect(
      gatherEvents({ ...delta({ content: 'a' }), usage: usage(3) }, { ...delta({}, 'stop'), usage: usage(5) }).usage,
    ).toMatchObject({ input: 5, output: 1 }));

  test('reported with the finish is there when a stream ends without more', () =>
    expect(gatherEvents({ ...delta({ content: 'a' }, 'stop'), usage: usage(3) }).usage).toMatchObject({ input: 3 }));

  test.each([
    ['in x_groq', { ...delta({}, 'stop'), x_groq: { usage: usage(3) } }],
    ['in the choice', { choices: [{ index: 0, delta: {}, finish_reason: 'stop', usage: usage(3) }] }],
  ])('is found %s', (_, event) => expect(gatherEvents(event).usage).toMatchObject({ input: 3, output: 1 }));

  test.each([null, 'none', [], {}, { prompt_tokens: 0, completion_tokens: 0 }])('%j is none', (garbage) =>
    expect(gatherEvents({ ...delta({ content: 'a' }, 'stop'), usage: garbage }).usage).toBeNull(),
  );
});

describe('a piece of text', () => {
  const first = { id: 'up_1', choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] };
  /** The same events under a name that says nothing are looked at closely, one and all. */
  const decodeBoth = (events: readonly object[]) => {
    const [plain, named] = ['', 'event: message\n'].map((name) => {
      const text = events.map((event) => `${name}data: ${JSON.stringify(event)}\n\n`).join('');
      const decoder = newDecoder();
      try {
        // What is undefined is not there for whoever reads it.
        return JSON.parse(JSON.stringify(decoder.push(Buffer.from(text))));
      } catch (error) {
        return (error as MeshError).code;
      }
    });
    return { plain, named };
  };
  /** Mostly the first, or most that is said would be an error. */
  const mostly = (usual: unknown, ...others: unknown[]) =>
    fc.oneof(
      { weight: 12, arbitrary: fc.constant(usual) },
      { weight: 1, arbitrary: fc.constantFrom(usual, ...others) },
    );
  const rarely = (...values: unknown[]) => mostly(undefined, ...values);
  const odd = [null, '', 'x', 0, 7, true, [], {}, { error: 'x' }];
  const choice = fc.record({
    index: mostly(0, 1, null, '0'),
    delta: fc.record({
      content: mostly('a', 'b', '', null, [{ type: 'text', text: 'c' }]),
      role: rarely('assistant', null),
      refusal: rarely(null, 'no'),
      tool_calls: rarely(null, [], [{ index: 0, id: 'c', function: { name: 'f', arguments: '' } }]),
      reasoning: rarely(null, 'r'),
      reasoning_content: rarely(null, 'r'),
      function_call: rarely(...odd),
    }),
    finish_reason: mostly(null, undefined, 'stop', ''),
    logprobs: rarely(null, { content: [] }),
    usage: rarely(...odd),
    error: rarely(...odd),
    content_filter_results: rarely(...odd),
  });
  const event = fc.record({
    id: mostly('up_1', undefined, null, 7),
    object: mostly('chat.completion.chunk', undefined, 'error', null),
    type: rarely('error', null),
    choices: fc.oneof(
      { weight: 8, arbitrary: fc.tuple(choice) },
      { weight: 1, arbitrary: fc.array(choice, { maxLength: 2 }) },
    ),
    usage: rarely(null, { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }),
    obfuscation: rarely('xyz', null),
    service_tier: rarely('default', null),
    error: rarely(...odd),
    x_groq: rarely(...odd),
  });

  test('is let through as what a closer look makes of it, whatever stands beside it', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 4 }), (events) => {
        const { plain, named } = decodeBoth([first, ...events]);
        expect(plain).toEqual(named);
      }),
      { numRuns: 700 },
    );
  });

  test('in its usual form is let through', () => {
    const usual = {
      ...first,
      object: 'chat.completion.chunk',
      usage: null,
      obfuscation: 'xyz',
      system_fingerprint: null,
    };
    const chunks = decodeEvents([
      {
        ...usual,
        choices: [{ index: 0, delta: { role: 'assistant', content: 'Hel' }, logprobs: null, finish_reason: null }],
      },
      { ...usual, choices: [{ index: 0, delta: { content: 'lo' }, logprobs: null, finish_reason: null }] },
      { ...usual, choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }] },
    ]);
    expect(chunks.map(({ choices }) => choices[0]?.delta)).toEqual([{ content: 'Hel' }, { content: 'lo' }, {}]);
    expect(JSON.stringify(chunks)).not.toContain('xyz');
  });
});
