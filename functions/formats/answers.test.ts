import { describe, expect, test } from '@jest/globals';
import { toEventStream } from '../../test/support/event-stream.ts';
import { makeEndpoint } from '../../test/support/make-endpoint.ts';
import { decode, type Gathered, gather, toSse } from '../../test/support/replay.ts';
import type { FormatName } from '../core/endpoints/endpoint.ts';
import { type MeshError, toMeshError } from '../core/errors.ts';
import type { CompletionMessage, FinishReason } from './pivot/chat-completion.ts';
import { chatRequestSchema } from './pivot/chat-request.ts';
import { parseReply } from './shared/parse-reply.ts';
import { upstreamFormats } from './upstream-formats.ts';

/**
 * What upstreams have been seen to say (the reports stand beside the cases), and what a client must make of it. A stream is a list
 * of events, or its very bytes.
 */
type Stream = readonly object[] | string;

function bytesOf(format: FormatName, stream: Stream): Uint8Array[] {
  if (typeof stream === 'string') return [new TextEncoder().encode(stream)];
  const lines = stream.map((event) => JSON.stringify(event));
  return format === 'converse' ? toEventStream(lines) : toSse(lines, { done: format === 'chat' });
}

function streamed(format: FormatName, stream: Stream): Gathered {
  return gather(decode(upstreamFormats[format].stream(makeEndpoint({ format })), bytesOf(format, stream)));
}

/** What came before the error that ends a stream, and the error. */
function broken(format: FormatName, stream: Stream): { before: Gathered; error: MeshError } {
  const decoder = upstreamFormats[format].stream(makeEndpoint({ format }));
  const chunks = [];
  try {
    for (const bytes of bytesOf(format, stream)) chunks.push(...decoder.push(bytes));
    chunks.push(...decoder.end());
  } catch (error) {
    return { before: gather(chunks), error: toMeshError(error) };
  }
  throw new Error(`The stream looks whole: ${JSON.stringify(gather(chunks))}`);
}

function whole(format: FormatName, reply: object | string): { message: CompletionMessage; finish: FinishReason } {
  const text = typeof reply === 'string' ? reply : JSON.stringify(reply);
  const [choice] = upstreamFormats[format].response(parseReply(text), makeEndpoint({ format })).choices;
  if (choice === undefined) throw new Error('There is no choice.');
  return { message: choice.message, finish: choice.finish_reason };
}

/** The events of a stream that calls a function with these pieces of arguments, and then says why it ended. */
const callStreams: Readonly<
  Record<Exclude<FormatName, 'gemini'>, (pieces: readonly string[], finish?: string) => object[]>
> = {
  chat: (pieces, finish = 'tool_calls') => [
    chat({ tool_calls: [{ index: 0, id: 'c1', type: 'function', function: { name: 'f', arguments: '' } }] }),
    ...pieces.map((piece) => chat({ tool_calls: [{ index: 0, function: { arguments: piece } }] })),
    chat({}, finish),
  ],
  messages: (pieces, finish = 'tool_use') => [
    messageStart('msg_1'),
    { type: 'content_block_start', index: 0, content_block: { type: 'tool_use', id: 'c1', name: 'f', input: {} } },
    ...pieces.map((partial_json) => blockDelta(0, { type: 'input_json_delta', partial_json })),
    { type: 'content_block_stop', index: 0 },
    messageDelta(finish),
  ],
  converse: (pieces, finish = 'tool_use') => [
    { contentBlockStart: { contentBlockIndex: 0, start: { toolUse: { toolUseId: 'c1', name: 'f' } } } },
    ...pieces.map((input) => ({ contentBlockDelta: { contentBlockIndex: 0, delta: { toolUse: { input } } } })),
    { contentBlockStop: { contentBlockIndex: 0 } },
    { messageStop: { stopReason: finish } },
  ],
  responses: (pieces, finish = 'completed') => [
    responsesEvent('output_item.added', { item: { type: 'function_call', call_id: 'c1', name: 'f', arguments: '' } }),
    ...pieces.map((delta) => responsesEvent('function_call_arguments.delta', { delta })),
    responsesEvent('completed', { response: { status: finish, output: [] } }),
  ],
};
const callFormats = Object.keys(callStreams) as (keyof typeof callStreams)[];

function chat(delta: object, finish_reason: string | null = null, more: object = {}): object {
  return { id: 'chatcmpl-1', choices: [{ index: 0, delta, finish_reason }], ...more };
}
function messageStart(id: string, usage: object = { input_tokens: 100, output_tokens: 1 }): object {
  return { type: 'message_start', message: { id, type: 'message', role: 'assistant', content: [], usage } };
}
function blockDelta(index: number, delta: object): object {
  return { type: 'content_block_delta', index, delta };
}
function messageDelta(stop_reason: string, usage: object = { output_tokens: 3 }): object {
  return { type: 'message_delta', delta: { stop_reason }, usage };
}
function responsesEvent(name: string, fields: object): object {
  return { type: `response.${name}`, output_index: 0, ...fields };
}
function gemini(parts: object[], more: object = {}, responseId = 'r1'): object {
  return { candidates: [{ index: 0, content: { role: 'model', parts }, ...more }], responseId };
}

/** Some text, and then an end for a reason in the words of each format. */
const textStreams: Readonly<Record<FormatName, (finish: string) => object[]>> = {
  chat: (finish) => [chat({ role: 'assistant', content: 'Par' }), chat({}, finish)],
  messages: (finish) => [
    messageStart('msg_1'),
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    blockDelta(0, { type: 'text_delta', text: 'Par' }),
    messageDelta(finish),
  ],
  converse: (finish) => [
    { contentBlockDelta: { contentBlockIndex: 0, delta: { text: 'Par' } } },
    { messageStop: { stopReason: finish } },
  ],
  responses: (finish) => [
    responsesEvent('output_text.delta', { content_index: 0, delta: 'Par' }),
    responsesEvent('incomplete', { response: { status: 'incomplete', incomplete_details: { reason: finish } } }),
  ],
  gemini: (finish) => [gemini([{ text: 'Par' }]), gemini([], { finishReason: finish })],
};

describe('arguments come out once and whole', () => {
  const city = '{"city":"Oslo"}';

  // NousResearch/hermes-agent#35592, decolua/9router#2869
  test.each(
    callFormats.flatMap(
      (format) =>
        [
          [format, 'in pieces', ['{"city"', ':"Os', 'lo"}']],
          [format, 'with all that came before in each', ['{"city"', '{"city":"Os', city]],
          [format, 'sent again as a whole', ['{"city":', '"Oslo"}', city]],
          [format, 'after an empty object', ['{}', '{"city":"Os', 'lo"}']],
        ] as const,
    ),
  )('of %s, %s', (format, _, pieces) => {
    const { toolCalls, finishReasons } = streamed(format, callStreams[format](pieces));
    expect(toolCalls).toEqual([{ id: 'c1', type: 'function', function: { name: 'f', arguments: city } }]);
    expect(finishReasons).toEqual(['tool_calls']);
  });

  test('in the start of the block, and again in its pieces', () => {
    const start = { type: 'tool_use', id: 'c1', name: 'f', input: { city: 'Oslo' } };
    const events = [
      messageStart('msg_1'),
      { type: 'content_block_start', index: 0, content_block: start },
      blockDelta(0, { type: 'input_json_delta', partial_json: '{"city": ' }),
      blockDelta(0, { type: 'input_json_delta', partial_json: '"Oslo"}' }),
      messageDelta('tool_use'),
    ];
    expect(streamed('messages', events).toolCalls[0]?.function.arguments).toBe(city);
  });

  test('in every delta with the name and the id', () => {
    const part = (text: string) =>
      chat({ tool_calls: [{ index: 0, id: 'c1', function: { name: 'f', arguments: text } }] });
    const events = [part('{"city"'), part('{"city":"Os'), part(city), part(city), chat({}, 'stop')];
    expect(streamed('chat', events).toolCalls).toMatchObject([{ function: { name: 'f', arguments: city } }]);
  });
});

test('a call of Gemini that is sent again is called once', () => {
  const called = { functionCall: { id: 'c1', name: 'f', args: { city: 'Oslo' } } };
  const events = [gemini([called]), gemini([called]), gemini([], { finishReason: 'STOP' })];
  expect(streamed('gemini', events).toolCalls).toHaveLength(1);
});

describe('ids are unique within an answer', () => {
  const ids = (calls: readonly { id: string }[] | undefined) => (calls ?? []).map(({ id }) => id);

  // cortexkit/magic-context#178
  test('of a chat stream', () => {
    const call = (index: number, name: string) => ({ index, id: 'call_x', function: { name, arguments: '{}' } });
    const { toolCalls } = streamed('chat', [
      chat({ tool_calls: [call(0, 'a'), call(1, 'b')] }),
      chat({}, 'tool_calls'),
    ]);
    expect(toolCalls.map(({ function: { name } }) => name)).toEqual(['a', 'b']);
    expect(ids(toolCalls)).toEqual(['call_x', 'call_x_1']);
  });

  const toolUse = { toolUse: { toolUseId: 'call_x', name: 'f', input: {} } };
  const part = { functionCall: { id: 'call_x', name: 'f', args: {} } };
  const called = { id: 'call_x', type: 'function', function: { name: 'f', arguments: '{}' } };
  test.each<[FormatName, object]>([
    ['chat', { choices: [{ message: { tool_calls: [called, called] }, finish_reason: 'stop' }] }],
    [
      'messages',
      {
        content: [1, 2].map(() => ({ type: 'tool_use', id: 'call_x', name: 'f', input: {} })),
        stop_reason: 'tool_use',
      },
    ],
    ['converse', { output: { message: { content: [toolUse, toolUse] } }, stopReason: 'tool_use' }],
    [
      'responses',
      { output: [1, 2].map(() => ({ type: 'function_call', call_id: 'call_x', name: 'f', arguments: '{}' })) },
    ],
    [
      'gemini',
      {
        candidates: [
          { content: { parts: [part, { functionCall: { ...part.functionCall, name: 'g' } }] }, finishReason: 'STOP' },
        ],
      },
    ],
  ])('of a whole reply in %s', (format, reply) =>
    expect(ids(whole(format, reply).message.tool_calls)).toEqual(['call_x', 'call_x_1']),
  );
});

describe('numbers keep the digits that the model wrote', () => {
  const numbers = '{"id":1234567890123456789,"rate":1.0,"big":1e2,"small":-0.00000012345678901234567}';
  const argumentsOf = (format: FormatName, reply: string) =>
    whole(format, reply).message.tool_calls?.[0]?.function.arguments;

  // earendil-works/pi#8943
  test.each<[FormatName, string]>([
    [
      'messages',
      `{"content":[{"type":"tool_use","id":"t","name":"f","input":${numbers}}],"stop_reason":"tool_use","usage":{"input_tokens":1}}`,
    ],
    [
      'converse',
      `{"output":{"message":{"content":[{"toolUse":{"toolUseId":"t","name":"f","input":${numbers}}}]}},"stopReason":"tool_use"}`,
    ],
    [
      'gemini',
      `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":${numbers}}}]},"finishReason":"STOP"}]}`,
    ],
    [
      'chat',
      `{"choices":[{"message":{"tool_calls":[{"id":"t","function":{"name":"f","arguments":${numbers}}}]},"finish_reason":"stop"}]}`,
    ],
  ])('in a whole reply of %s', (format, reply) => expect(argumentsOf(format, reply)).toBe(numbers));

  test.each<[FormatName, string]>([
    [
      'gemini',
      `data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":${numbers}}}]},"finishReason":"STOP"}]}\n\n`,
    ],
    [
      'messages',
      `data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":${numbers}}}\n\n` +
        'data: {"type":"message_delta","delta":{"stop_reason":"tool_use"}}\n\n',
    ],
    [
      'chat',
      `data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"t","function":{"name":"f","arguments":${numbers}}}]},"finish_reason":"stop"}]}\n\n`,
    ],
  ])('in a stream of %s that has them as objects', (format, stream) =>
    expect(streamed(format, stream).toolCalls[0]?.function.arguments).toBe(numbers),
  );

  test.each(callFormats)('in a stream of %s', (format) =>
    expect(
      streamed(format, callStreams[format]([numbers.slice(0, 12), numbers.slice(12)])).toolCalls[0]?.function.arguments,
    ).toBe(numbers),
  );
});

describe('what failed never looks whole', () => {
  // vllm-project/vllm#57082, google-gemini/gemini-cli#12674
  const failures: [FormatName, string][] = [
    ['chat', 'abort'],
    ['chat', 'error'],
    ['chat', 'function_call_filter: MALFORMED_FUNCTION_CALL'],
    ['chat', 'a_reason_to_come'],
    ['messages', 'a_reason_to_come'],
    ['converse', 'malformed_tool_use'],
    ['converse', 'malformed_model_output'],
    ['responses', 'a_reason_to_come'],
    ['gemini', 'MALFORMED_FUNCTION_CALL'],
    ['gemini', 'UNEXPECTED_TOOL_CALL'],
    ['gemini', 'OTHER'],
    ['gemini', 'A_REASON_TO_COME'],
  ];
  test.each(failures)('a stream of %s that ends for %s is broken, for another endpoint to try', (format, reason) => {
    const { before, error } = broken(format, textStreams[format](reason));
    expect(before).toMatchObject({ content: 'Par', finishReasons: [] });
    expect(error).toMatchObject({ code: 'upstream_error', retry: 'other' });
  });

  test.each<[FormatName, object]>([
    ['chat', { choices: [{ message: { content: 'Par' }, finish_reason: 'abort' }] }],
    ['messages', { content: [{ type: 'text', text: 'Par' }], stop_reason: 'a_reason_to_come' }],
    ['converse', { output: { message: { content: [{ text: 'Par' }] } }, stopReason: 'malformed_tool_use' }],
    [
      'responses',
      { status: 'aborted', output: [{ type: 'message', content: [{ type: 'output_text', text: 'Par' }] }] },
    ],
    ['gemini', { candidates: [{ content: {}, finishReason: 'MALFORMED_FUNCTION_CALL', finishMessage: 'print(' }] }],
  ])('and so is a whole reply of %s', (format, reply) =>
    expect(() => whole(format, reply)).toThrow(expect.objectContaining({ code: 'upstream_error', retry: 'other' })),
  );

  test.each<[FormatName, string, FinishReason]>([
    ['chat', 'eos', 'stop'],
    ['chat', 'model_length', 'length'],
    ['messages', 'stop', 'stop'],
    ['converse', 'end_turn', 'stop'],
    ['responses', 'max_output_tokens', 'length'],
    ['gemini', 'STOP', 'stop'],
  ])('but a server of %s that says %s goes on working', (format, reason, finish) =>
    expect(streamed(format, textStreams[format](reason))).toMatchObject({ content: 'Par', finishReasons: [finish] }),
  );

  // vercel/ai 8b96941
  test.each<[FormatName, object[]]>([
    ['messages', [...callStreams.messages(['{"city":"Os']).slice(0, 3), ...callStreams.messages(['{"city":"Oslo"}'])]],
    ['converse', [...callStreams.converse(['{"city"']).slice(0, 2), { messageStart: { role: 'assistant' } }]],
    [
      'responses',
      [...callStreams.responses(['{"city"']).slice(0, 2), responsesEvent('created', { response: { id: 'r2' } })],
    ],
    [
      'chat',
      [
        chat({ role: 'assistant', content: 'It is' }),
        chat({ content: ' f' }),
        chat({ role: 'assistant', content: 'It is four.' }, null, { id: 'chatcmpl-2' }),
        chat({}, 'stop', { id: 'chatcmpl-2' }),
      ],
    ],
    [
      'gemini',
      [
        gemini([{ text: 'It' }]),
        gemini([{ text: ' is' }]),
        gemini([{ text: 'It is four.' }], { finishReason: 'STOP' }, 'r2'),
      ],
    ],
  ])('and two answers of %s in one stream are none', (format, events) =>
    expect(broken(format, events).error).toMatchObject({ code: 'upstream_error', retry: 'other' }),
  );

  test('but a server that gives each chunk an id of its own goes on working', () => {
    const chunks = ['It', ' is', ' four.'].map((content, at) =>
      chat({ role: 'assistant', content }, null, { id: `c${at}` }),
    );
    expect(streamed('chat', [...chunks, chat({}, 'stop', { id: 'c9' })]).content).toBe('It is four.');
  });
});

describe('the end of the bytes ends the last event', () => {
  // openai/openai-node#2725
  const stop = { object: 'chat.completion.chunk', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
  const usage = { choices: [], usage: { prompt_tokens: 5, completion_tokens: 1 } };
  const last: Readonly<Record<Exclude<FormatName, 'converse'>, [object[], object]>> = {
    chat: [[chat({ content: 'Hi' }), stop], usage],
    messages: [
      textStreams.messages('end_turn').slice(0, 3),
      messageDelta('end_turn', { input_tokens: 5, output_tokens: 1 }),
    ],
    responses: [
      [responsesEvent('output_text.delta', { content_index: 0, delta: 'Hi' })],
      responsesEvent('completed', { response: { status: 'completed', usage: { input_tokens: 5, output_tokens: 1 } } }),
    ],
    gemini: [
      [gemini([{ text: 'Hi' }])],
      { ...gemini([], { finishReason: 'STOP' }), usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 1 } },
    ],
  };
  const streams = Object.entries(last).map(([format, [events, end]]) => {
    const before = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
    return [format as FormatName, before, `data: ${JSON.stringify(end)}`] as const;
  });

  test.each(
    streams.flatMap(([format, before, end]) =>
      ['', '\n', '\r\n'].map((newline) => [format, newline, before, end] as const),
    ),
  )('of %s, after %j', (format, newline, before, end) => {
    const { finishReasons, usage: reported } = streamed(format, before + end + newline);
    expect(finishReasons).toEqual(['stop']);
    expect(reported).toMatchObject({ input: 5, output: 1 });
  });

  test.each(streams)('but half of one is half of a stream of %s', (format, before, end) => {
    const cut = format === 'chat' ? before.slice(0, -20) : before + end.slice(0, -3);
    expect(broken(format, cut).error.code).toBe('upstream_truncated');
  });
});

describe('usage', () => {
  // aallan/vera-bench#97
  test('finds what Moonshot read from its cache', () => {
    const counts = { prompt_tokens: 1_000, completion_tokens: 3, total_tokens: 1_003, cached_tokens: 900 };
    const events = [chat({ content: 'a' }, 'stop'), { choices: [], usage: counts }];
    expect(streamed('chat', events).usage).toMatchObject({ input: 1_000, cacheRead: 900, output: 3 });
  });

  // envoyproxy/ai-gateway#1631, sgl-project/sglang#20830
  test('of Claude is not wiped by a zero at the end', () => {
    const cached = { input_tokens: 100, cache_read_input_tokens: 50, cache_creation: { ephemeral_1h_input_tokens: 7 } };
    const zeros = { input_tokens: 0, cache_read_input_tokens: 0, cache_creation: { ephemeral_1h_input_tokens: 0 } };
    const events = [
      messageStart('msg_1', { ...cached, output_tokens: 1 }),
      ...textStreams.messages('end_turn').slice(1, 3),
      messageDelta('end_turn', { ...zeros, output_tokens: 3 }),
    ];
    expect(streamed('messages', events).usage).toMatchObject({ input: 157, cacheRead: 50, cacheWrite1h: 7, output: 3 });
  });

  test('of Gemini is not wiped by a zero at the end', () => {
    const events = [
      { ...gemini([{ text: 'Hi' }]), usageMetadata: { promptTokenCount: 100, candidatesTokenCount: 3 } },
      { ...gemini([], { finishReason: 'STOP' }), usageMetadata: { promptTokenCount: 0, candidatesTokenCount: 3 } },
    ];
    expect(streamed('gemini', events).usage).toMatchObject({ input: 100, output: 3 });
  });
});

// openai/openai-agents-js#1513
test('two messages of one response are told apart', () => {
  const texts = ['Let me check.', 'It is 4.'];
  const phases = ['commentary', 'final_answer'];
  const message = (text: string, at: number) => ({
    type: 'message',
    role: 'assistant',
    phase: phases[at],
    content: [{ type: 'output_text', text }],
  });
  const events = texts.flatMap((text, output_index) => [
    responsesEvent('output_item.added', { output_index, item: { type: 'message', content: [] } }),
    responsesEvent('content_part.added', { output_index, content_index: 0, part: { type: 'output_text', text: '' } }),
    responsesEvent('output_text.delta', { output_index, content_index: 0, delta: text.slice(0, 3) }),
    responsesEvent('output_text.delta', { output_index, content_index: 0, delta: text.slice(3) }),
    responsesEvent('output_item.done', { output_index, item: message(text, output_index) }),
  ]);
  const end = responsesEvent('completed', { response: { status: 'completed', output: texts.map(message) } });
  expect(streamed('responses', [...events, end]).content).toBe('Let me check.\n\nIt is 4.');
  const said = whole('responses', { output: texts.map(message) }).message;
  expect(said.content).toBe('Let me check.\n\nIt is 4.');

  const endpoint = makeEndpoint({ format: 'responses' });
  const sent = (fields: object) => {
    const assistant = { role: 'assistant', content: said.content, ...fields };
    const chat = chatRequestSchema.parse({ model: 'm', messages: [assistant, { role: 'user', content: 'Sure?' }] });
    const { input } = upstreamFormats.responses.request({ chat, raw: {}, maxOutputTokens: 100 }, endpoint).body;
    return (input as object[]).slice(0, -1);
  };
  const chunks = decode(upstreamFormats.responses.stream(endpoint), bytesOf('responses', [...events, end]));
  const streamedPhases = chunks.flatMap(({ choices }) => choices[0]?.delta.phases ?? []);
  for (const known of [said.phases, streamedPhases]) expect(sent({ phases: known })).toEqual(texts.map(message));
  // A client that has changed the text has changed what was said.
  for (const fields of [{}, { phases: said.phases, content: 'Hm.' }]) expect(sent(fields)).toHaveLength(1);
});
