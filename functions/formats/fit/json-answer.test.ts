import { describe, expect, test } from '@jest/globals';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import type { ChatChunk, ChatCompletion, ChunkDelta, FinishReason, ToolCallDelta } from '../pivot/chat-completion.ts';
import { type ChatRequest, chatRequestSchema } from '../pivot/chat-request.ts';
import { fitAnswer } from './fit-answer.ts';
import { askForJson } from './json-answer.ts';

const claude = makeEndpoint({ format: 'messages' });
const json = {
  model: 'm',
  messages: [{ role: 'user', content: 'JSON, please' }],
  response_format: { type: 'json_object' },
};
const request = (fields: object = {}): ChatRequest => chatRequestSchema.parse({ ...json, ...fields });
const lookUp = { type: 'function' as const, function: { name: 'look_up' } };
const names = ({ tools }: ChatRequest) => tools?.map((tool) => tool.function.name);
const forced = (name: string) => ({ type: 'function', function: { name } });

describe('JSON without a schema, where the format has no mode for it, is asked for', () => {
  test.each(['messages', 'converse'] as const)('%s: by a tool that has to be called', (format) => {
    const asked = askForJson(request(), makeEndpoint({ format }));
    expect(asked).toMatchObject({ response_format: null, tool_choice: forced('json_answer') });
    expect(names(asked)).toEqual(['json_answer']);
  });

  test.each(['chat', 'responses', 'gemini'] as const)('%s: as it is', (format) => {
    const chat = request();
    expect(askForJson(chat, makeEndpoint({ format }))).toBe(chat);
  });

  test.each([undefined, 'auto'])('beside the caller’s own tools: one of all has to be called (%s)', (tool_choice) => {
    const asked = askForJson(request({ tools: [lookUp], tool_choice }), claude);
    expect(names(asked)).toEqual(['look_up', 'json_answer']);
    expect(asked.tool_choice).toBe('required');
  });

  test('where none of these may be called: alone', () => {
    const asked = askForJson(request({ tools: [lookUp], tool_choice: 'none' }), claude);
    expect(asked.tool_choice).toEqual(forced('json_answer'));
  });

  test.each(['required', lookUp])('not yet, where one of these has to be called', (tool_choice) => {
    const asked = askForJson(request({ tools: [lookUp], tool_choice }), claude);
    expect(names(asked)).toEqual(['look_up']);
    expect(asked.response_format).toBeNull();
    expect(fitAnswer(request({ tools: [lookUp], tool_choice }), claude).completion(called)).toBe(called);
  });

  test('by a name that the caller has not', () => {
    const own = { type: 'function', function: { name: 'json_answer' } };
    expect(names(askForJson(request({ tools: [own] }), claude))).toEqual(['json_answer', 'json_answer_']);
  });
});

const answer = { id: 'c1', type: 'function' as const, function: { name: 'json_answer', arguments: '{"ok":true}' } };
const own = { id: 'c2', type: 'function' as const, function: { name: 'look_up', arguments: '{}' } };

function completed(
  message: Partial<ChatCompletion['choices'][number]['message']>,
  finish: FinishReason,
): ChatCompletion {
  const choice = {
    index: 0,
    message: { role: 'assistant' as const, content: null, refusal: null, ...message },
    finish_reason: finish,
    logprobs: null,
  };
  return { id: 'a', object: 'chat.completion', created: 0, model: 'm', choices: [choice], usage: null };
}
const called = completed({ content: 'Here it is:', tool_calls: [answer] }, 'tool_calls');

describe('the answer', () => {
  const wholeOf = (completion: ChatCompletion) => fitAnswer(request(), claude).completion(completion).choices[0];

  test('is the content, and nothing else that the model wrote', () => {
    const choice = wholeOf(called);
    expect(choice).toMatchObject({ finish_reason: 'stop', message: { content: '{"ok":true}' } });
    expect(choice?.message).not.toHaveProperty('tool_calls');
  });

  test('may come with calls of the caller’s own tools', () =>
    expect(wholeOf(completed({ tool_calls: [own, answer] }, 'tool_calls'))).toMatchObject({
      finish_reason: 'tool_calls',
      message: { content: '{"ok":true}', tool_calls: [own] },
    }));

  test('that its limit cut off says so', () =>
    expect(wholeOf(completed({ tool_calls: [answer] }, 'length'))?.finish_reason).toBe('length'));

  test('that the model wrote as text stays', () => {
    const text = completed({ content: '{"ok":1}' }, 'stop');
    expect(wholeOf(text)).toBe(text.choices[0]);
  });
});

describe('streamed, the answer', () => {
  const chunk = (delta: ChunkDelta, finish_reason: FinishReason | null = null): ChatChunk => ({
    choices: [{ index: 0, delta, finish_reason }],
  });
  const calls = (...tool_calls: ToolCallDelta[]) => chunk({ tool_calls });
  const begun = (index: number, { id, type, function: { name } }: typeof own) =>
    calls({ index, id, type, function: { name, arguments: '' } });
  const piece = (index: number, text: string) => calls({ index, function: { arguments: text } });
  const streamed = (chunks: ChatChunk[]) => {
    const fit = fitAnswer(request({ tools: [lookUp] }), claude);
    return chunks.flatMap((each) => fit.chunk(each).choices.map(({ delta, finish_reason }) => [delta, finish_reason]));
  };

  test('is content as it comes, without what the model wrote before it', () =>
    expect(
      streamed([
        chunk({ content: 'Here ' }),
        begun(0, answer),
        piece(0, '{"ok":'),
        piece(0, 'true}'),
        chunk({}, 'tool_calls'),
      ]),
    ).toEqual([
      [{ content: '{"ok":' }, null],
      [{ content: 'true}' }, null],
      [{}, 'stop'],
    ]));

  test('may come with calls of the caller’s own tools, which are counted anew', () =>
    expect(
      streamed([begun(0, answer), piece(0, '{}'), begun(1, own), piece(1, '{"a":1}'), chunk({}, 'tool_calls')]),
    ).toEqual([
      [{ content: '{}' }, null],
      [{ tool_calls: [{ index: 0, id: 'c2', type: 'function', function: { name: 'look_up', arguments: '' } }] }, null],
      [{ tool_calls: [{ index: 0, function: { arguments: '{"a":1}' } }] }, null],
      [{}, 'tool_calls'],
    ]));

  test('that the model wrote as text comes at the end', () =>
    expect(streamed([chunk({ content: '{"ok"' }), chunk({ content: ':1}' }), chunk({}, 'stop')])).toEqual([
      [{ content: '{"ok":1}' }, 'stop'],
    ]));

  test('comes once, should the model give two', () =>
    expect(
      streamed([begun(0, answer), piece(0, '{}'), begun(1, answer), piece(1, '{}'), chunk({}, 'tool_calls')]),
    ).toEqual([
      [{ content: '{}' }, null],
      [{}, 'stop'],
    ]));
});
