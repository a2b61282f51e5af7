import { describe, expect, test } from '@jest/globals';
import { sealOf } from '../../../test/support/seal-of.ts';
import type { ChatChunk, ChunkDelta, FinishReason } from '../pivot/chat-completion.ts';
import { MessageEvents } from './encode-stream.ts';
import { openThought } from './thoughts.ts';

const seal = sealOf('own_a');
const head = { id: 'req_1', model: 'acme/large', inputEstimate: 12 };
const usage = { input: 20, cacheRead: 5, cacheWrite: 3, cacheWrite1h: 2, inputAudio: 0, output: 7, reasoning: 4 };
const bill = { usage, usd: '0.1', mesh: { settled: true } };
const chunk = (delta: ChunkDelta, finish_reason: FinishReason | null = null): ChatChunk => ({
  choices: [{ index: 0, delta, finish_reason }],
});
const call = (index: number, args: string, named = true): ChunkDelta => ({
  tool_calls: [
    named
      ? { index, id: `call_${index}`, type: 'function', function: { name: 'look', arguments: args } }
      : { index, function: { arguments: args } },
  ],
});

// biome-ignore lint/suspicious/noExplicitAny: events of any kind.
function eventsOf(chunks: ChatChunk[], { stopped = false, shows = true } = {}): any[] {
  const events = new MessageEvents(head, shows, seal);
  const text = chunks.map((each) => events.encode(each)).join('') + events.end(bill, stopped);
  return text
    .trimEnd()
    .split('\n\n')
    .map((frame) => {
      const [name = '', data = ''] = frame.split('\n');
      const event = JSON.parse(data.slice('data: '.length));
      expect(name).toBe(`event: ${event.type}`);
      return event;
    });
}

/** What happens to which block. */
const outline = (chunks: ChatChunk[], options = {}) =>
  eventsOf(chunks, options)
    .filter(({ type }) => type.startsWith('content_block'))
    .map(({ type, index, content_block, delta }) => {
      const what = content_block?.type ?? delta?.text ?? delta?.partial_json ?? delta?.thinking ?? delta?.type ?? '';
      return `${type.slice('content_block_'.length)} ${index} ${what}`.trim();
    });

test('a message begins with an estimate of its input, and ends with what was charged', () => {
  const events = eventsOf([chunk({ role: 'assistant' }), chunk({ content: 'Hi' }), chunk({}, 'stop')]);
  expect(events.map(({ type }) => type)).toEqual([
    'message_start',
    'content_block_start',
    'content_block_delta',
    'content_block_stop',
    'message_delta',
    'message_stop',
  ]);
  expect(events[0].message).toMatchObject({
    id: 'req_1',
    model: 'acme/large',
    content: [],
    usage: { input_tokens: 12 },
  });
  expect(events.at(-2)).toMatchObject({
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { input_tokens: 10, cache_creation_input_tokens: 5, cache_read_input_tokens: 5, output_tokens: 7 },
    cost: '0.1',
    mesh: { settled: true },
  });
});

test('one block is open at a time', () => {
  const details = (text: string) => ({
    reasoning_details: [{ type: 'reasoning.text' as const, text, format: 'unknown', index: 0 }],
  });
  expect(
    outline([
      chunk(details('H')),
      chunk(details('m')),
      chunk({ content: 'I look.' }),
      chunk(call(0, '{"a":')),
      chunk(call(0, '1}', false)),
      chunk(call(1, '{}')),
      chunk({ content: 'Done' }, 'tool_calls'),
    ]),
  ).toEqual([
    'start 0 thinking',
    'delta 0 H',
    'delta 0 m',
    'delta 0 signature_delta',
    'stop 0',
    'start 1 text',
    'delta 1 I look.',
    'stop 1',
    'start 2 tool_use',
    'delta 2 {"a":',
    'delta 2 1}',
    'stop 2',
    'start 3 tool_use',
    'delta 3 {}',
    'stop 3',
    'start 4 text',
    'delta 4 Done',
    'stop 4',
  ]);
});

test('a call that is not whole stays open while pieces of others come', () => {
  expect(
    outline([
      chunk(call(0, '{"a":')),
      chunk(call(1, '{"b":')),
      chunk(call(0, '1}', false)),
      chunk(call(1, '2}', false), 'tool_calls'),
    ]),
  ).toEqual([
    'start 0 tool_use',
    'delta 0 {"a":',
    'delta 0 1}',
    'stop 0',
    'start 1 tool_use',
    'delta 1 {"b":',
    'delta 1 2}',
    'stop 1',
  ]);
});

test('what comes beside a call that is not whole waits for it, in its order', () => {
  const chunks = [
    chunk(call(0, '{"a":')),
    chunk(call(1, '{"b":2}')),
    chunk({ content: 'Hm' }),
    chunk(call(2, '{}')),
    chunk(call(0, '1}', false)),
    chunk({ content: 'Done' }, 'tool_calls'),
  ];
  const indexes = outline(chunks).map((each) => Number(each.split(' ')[1]));
  expect(indexes).toEqual(indexes.toSorted((a, b) => a - b));
  expect(outline(chunks).filter((each) => each.startsWith('start'))).toEqual([
    'start 0 tool_use',
    'start 1 tool_use',
    'start 2 text',
    'start 3 tool_use',
    'start 4 text',
  ]);
  expect(outline(chunks).filter((each) => each.startsWith('stop'))).toHaveLength(5);
});

test('arguments that are no object are one, as in a whole answer', () => {
  const argsOf = (...pieces: string[]) =>
    outline(pieces.map((piece, at) => chunk(call(0, piece, at === 0))))
      .filter((each) => each.startsWith('delta'))
      .map((each) => each.slice('delta 0 '.length))
      .join('');
  expect(argsOf('[1', ',2]')).toBe('{"raw_arguments":"[1,2]"}');
  expect(argsOf('"x"')).toBe('{"raw_arguments":"\\"x\\""}');
  expect(argsOf('\n', '{"a":1}')).toBe('\n{"a":1}');
  expect(argsOf('null')).toBe('{}');
  expect([argsOf(''), argsOf(' ')]).toEqual(['', '']);
});

test('one answer is said, also where a provider gives several', () => {
  const [both] = [chunk({ content: 'A' })];
  both?.choices.push({ index: 1, delta: { content: 'B' }, finish_reason: null });
  expect(outline([both as ChatChunk])).toEqual(['start 0 text', 'delta 0 A', 'stop 0']);
});

describe('an end', () => {
  test.each([
    ['stop', 'end_turn'],
    ['length', 'max_tokens'],
    ['tool_calls', 'tool_use'],
    ['content_filter', 'refusal'],
  ] as const)('by %s is %s', (finish, reason) => {
    expect(eventsOf([chunk({}, finish)]).at(-2).delta.stop_reason).toBe(reason);
  });

  test('of the money is the limit, also where nothing came', () => {
    for (const chunks of [[], [chunk({ content: 'Once' })]]) {
      const events = eventsOf(chunks, { stopped: true });
      expect(events.map(({ type }) => type).filter((type) => !type.startsWith('content'))).toEqual([
        'message_start',
        'message_delta',
        'message_stop',
      ]);
      expect(events.at(-2).delta.stop_reason).toBe('max_tokens');
    }
  });

  test('is never told before it is asked for', () => {
    const events = new MessageEvents(head, true, seal);
    expect(events.encode(chunk({ content: 'Hi' }, 'stop'))).not.toContain('message_delta');
  });
});

test('a refusal is said, as a text of its own', () => {
  const refused = [
    chunk({ content: 'I' }),
    chunk({ refusal: 'I will' }),
    chunk({ refusal: ' not.' }, 'content_filter'),
  ];
  expect(outline(refused)).toEqual([
    'start 0 text',
    'delta 0 I',
    'stop 0',
    'start 1 text',
    'delta 1 I will',
    'delta 1  not.',
    'stop 1',
  ]);
});

test('ends with the stop sequence that it came to, where the provider says which', () => {
  const endOf = (said: object, finish_reason: FinishReason = 'stop') => {
    const events = new MessageEvents(head, true, seal, ['END', 'STOP']);
    const text =
      events.encode({ choices: [{ index: 0, delta: {}, finish_reason, ...said }] }) + events.end(bill, false);
    return JSON.parse(/data: (\{"type":"message_delta".*)/.exec(text)?.[1] ?? '{}').delta;
  };
  expect(endOf({ stop_reason: 'STOP' })).toEqual({ stop_reason: 'stop_sequence', stop_sequence: 'STOP' });
  expect(endOf({ matched_stop: 'END' })).toEqual({ stop_reason: 'stop_sequence', stop_sequence: 'END' });
  // The number of a token, or a text that nobody asked for.
  for (const said of [{}, { stop_reason: 128_009 }, { stop_reason: '<|eot_id|>' }, { matched_stop: null }]) {
    expect(endOf(said)).toEqual({ stop_reason: 'end_turn', stop_sequence: null });
  }
  expect(endOf({ stop_reason: 'STOP' }, 'length')).toEqual({ stop_reason: 'max_tokens', stop_sequence: null });
});

test('ids of calls are such as Anthropic’s clients take, each another', () => {
  const named = (index: number, id: string) =>
    chunk({ tool_calls: [{ index, id, type: 'function', function: { name: 'look', arguments: '{}' } }] });
  const ids = eventsOf([named(0, 'functions.look:0'), named(1, 'functions.look:1'), named(2, 'call_a')])
    .filter(({ type }) => type === 'content_block_start')
    .map(({ content_block }) => content_block.id);
  for (const id of ids) expect(id).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
  expect([new Set(ids).size, ids[2]]).toEqual([3, 'call_a']);
});

describe('a thought', () => {
  const format = 'openai-responses-v1';
  const summary = { type: 'reasoning.summary' as const, summary: 'Hm', id: 'rs_1', format, index: 0 };
  const sealed = { type: 'reasoning.encrypted' as const, data: 'x', id: 'rs_1', format, index: 1 };
  const blockOf = (shows: boolean) => {
    const events = eventsOf([chunk({ reasoning_details: [summary] }), chunk({ reasoning_details: [sealed] })], {
      shows,
    });
    const words = events.flatMap(({ delta }) => delta?.thinking ?? []).join('');
    const signature = events.find(({ delta }) => delta?.signature)?.delta.signature;
    return { type: 'thinking' as const, thinking: words, signature };
  };

  test('goes back whole, to its issuer and its owner alone', () => {
    const block = blockOf(true);
    expect(block.thinking).toBe('Hm');
    expect(openThought(block, format, seal)).toEqual([summary, sealed]);
    expect(openThought(block, 'google-gemini-v1', seal)).toBeNull();
    expect(openThought(block, format, sealOf('own_b'))).toBeNull();
    expect(openThought({ ...block, thinking: 'Hm, no' }, format, seal)).toBeNull();
    expect(openThought({ ...block, signature: `${block.signature}A` }, format, seal)).toBeNull();
  });

  test('that is hidden goes back with its text', () => {
    const block = blockOf(false);
    expect(block.thinking).toBe('');
    expect(openThought(block, format, seal)).toEqual([summary, sealed]);
  });

  test('that is too long to be carried is left out of the next turn', () => {
    const huge = { ...sealed, data: 'x'.repeat(300_000) };
    const events = eventsOf([chunk({ reasoning_details: [huge] })]);
    const { content_block } = events.find(({ type }) => type === 'content_block_start');
    expect(openThought(content_block, format, seal)).toEqual([]);
  });
});
