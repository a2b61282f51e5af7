import { describe, expect, test } from '@jest/globals';
import { atOnce } from '../../../test/support/at-once.ts';
import type { ChatRequest } from '../pivot/chat-request.ts';
import { MAX_PARTS } from '../pivot/chat-request.ts';
import { parseCountRequest, parseMessagesRequest } from './parse-request.ts';

const hello = { model: 'm', max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }] };
const parse = (fields: object) => atOnce(parseMessagesRequest({ ...hello, ...fields }));
const chatOf = (fields: object): Partial<ChatRequest> => {
  const said = Object.entries(parse(fields).chat).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said);
};
const messagesOf = (...messages: object[]) => parse({ messages }).chat.messages;
const call = (id: string, input: object = {}) => ({ type: 'tool_use', id, name: 'look', input });
const result = (tool_use_id: string, content?: unknown) => ({ type: 'tool_result', tool_use_id, content });

test('what stands in both formats is the same', () => {
  expect(
    chatOf({ system: 'Be brief.', temperature: 0.5, top_p: 0.9, top_k: 4, stop_sequences: ['END'], stream: true }),
  ).toEqual({
    model: 'm',
    max_tokens: 100,
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hello' },
    ],
    temperature: 0.5,
    top_p: 0.9,
    top_k: 4,
    stop: ['END'],
    stream: true,
  });
});

describe('a conversation', () => {
  test('whose turn has more parts than a message may have says them in several messages, in order', () => {
    const content = Array.from({ length: MAX_PARTS + 2 }, (_, at) => ({ type: 'text', text: `${at}` }));
    const messages = messagesOf(
      { role: 'user', content: content.slice(0, 3) },
      { role: 'user', content: content.slice(3) },
    );
    expect(messages.map(({ content: parts }) => parts?.length)).toEqual([MAX_PARTS, 2]);
    expect(messages.flatMap(({ content: parts }) => parts as object[])).toEqual(content);
  });

  test('is read block by block, so that others can have their turn', () => {
    const message = { role: 'user', content: Array.from({ length: 100 }, () => ({ type: 'text', text: 'x' })) };
    expect([...parseMessagesRequest({ ...hello, messages: [message, message] })].length).toBeGreaterThan(200);
  });

  test('has results right after their calls, however they were mixed', () => {
    expect(
      messagesOf(
        { role: 'user', content: 'Look' },
        { role: 'assistant', content: [{ type: 'text', text: 'I look.' }, call('a', { at: 'x' }), call('b')] },
        {
          role: 'user',
          content: [{ type: 'text', text: 'And?' }, result('b', 'B'), result('a', [{ type: 'text', text: 'A' }])],
        },
      ).slice(1),
    ).toEqual([
      {
        role: 'assistant',
        content: 'I look.',
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'look', arguments: '{"at":"x"}' } },
          { id: 'b', type: 'function', function: { name: 'look', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'b', content: 'B' },
      { role: 'tool', tool_call_id: 'a', content: 'A' },
      { role: 'user', content: 'And?' },
    ]);
  });

  test('reads neighbours of one role as one turn', () => {
    expect(
      messagesOf(
        { role: 'user', content: 'Look' },
        { role: 'assistant', content: [call('a')] },
        { role: 'assistant', content: [call('b')] },
        { role: 'user', content: [result('a')] },
        { role: 'user', content: [result('b')] },
      ).map(({ role }) => role),
    ).toEqual(['user', 'assistant', 'tool', 'tool']);
  });

  test('says of a result that it is an error, where it does not say so itself', () => {
    const told = (content: string) =>
      messagesOf(
        { role: 'user', content: 'Look' },
        { role: 'assistant', content: [call('a')] },
        { role: 'user', content: [{ ...result('a', content), is_error: true }] },
      )[2]?.content;
    expect([told('no such file'), told('ENOENT: an error')]).toEqual(['Error: no such file', 'ENOENT: an error']);
  });

  test('has images, PDFs and texts as parts', () => {
    const source = { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' };
    const pdf = { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' };
    expect(
      messagesOf({
        role: 'user',
        content: [
          { type: 'image', source },
          { type: 'image', source: { type: 'url', url: 'https://a.example/b.png' } },
          { type: 'document', source: pdf, title: 'a.pdf' },
          { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Words' }, title: 'Notes' },
        ],
      })[0]?.content,
    ).toEqual([
      { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
      { type: 'image_url', image_url: { url: 'https://a.example/b.png' } },
      { type: 'file', file: { file_data: 'data:application/pdf;base64,JVBERi0=', filename: 'a.pdf' } },
      { type: 'text', text: 'Notes\nWords' },
    ]);
  });

  test.each([
    ['a result without a call', [{ role: 'user', content: [result('a')] }], 'messages.0.content.0'],
    [
      'a call without a result',
      [
        { role: 'user', content: 'x' },
        { role: 'assistant', content: [call('a')] },
      ],
      'messages.1',
    ],
    [
      'two results of a call',
      [
        { role: 'user', content: 'x' },
        { role: 'assistant', content: [call('a')] },
        { role: 'user', content: [result('a'), result('a')] },
      ],
      'messages.2.content.1',
    ],
    [
      'calls that are one by their ids',
      [
        { role: 'user', content: 'x' },
        { role: 'assistant', content: [call('a'), call('a')] },
        { role: 'user', content: [result('a')] },
      ],
      'messages.1',
    ],
    [
      'a file of somebody’s account in a block of any kind',
      [{ role: 'user', content: [{ type: 'new_kind', parts: [{ source: { type: 'file', file_id: 'file_1' } }] }] }],
      'messages.0.content.0',
    ],
    [
      'a file of somebody’s account in an answer',
      [...hello.messages, { role: 'assistant', content: [{ type: 'image', source: { type: 'file', file_id: 'f' } }] }],
      'messages.1.content.0.source',
    ],
    ['an unknown role', [{ role: 'tool', content: 'x' }], 'messages.0.role'],
    ['a text without its text', [{ role: 'user', content: [{ type: 'text' }] }], 'messages.0.content.0.text'],
    ['nothing at all', [{ role: 'user', content: [] }], 'messages'],
    ['no word of a user beside the system', [{ role: 'user', content: [] }], 'messages', { system: 'Be brief.' }],
    [
      'a file of somebody’s account',
      [{ role: 'user', content: [{ type: 'image', source: { type: 'file', file_id: 'file_1' } }] }],
      'messages.0.content.0.source',
    ],
  ])('with %s is refused by its path', (_name, messages, param, more: object = {}) => {
    expect(() => parse({ messages, ...more })).toThrow(
      expect.objectContaining({ code: 'invalid_request_error', param }),
    );
  });
});

describe('thinking', () => {
  test.each([
    ['a budget', { thinking: { type: 'enabled', budget_tokens: 2_000 } }, { max_tokens: 2_000 }],
    [
      'what the model decides on',
      { thinking: { type: 'adaptive' }, output_config: { effort: 'max' } },
      { enabled: true, effort: 'max' },
    ],
    ['one that is hidden', { thinking: { type: 'adaptive', display: 'omitted' } }, { enabled: true, exclude: true }],
    ['none', { thinking: { type: 'disabled' } }, { enabled: false }],
    ['an effort alone', { output_config: { effort: 'low' } }, { effort: 'low' }],
  ])('asked for as %s', (_name, fields, reasoning) => {
    expect(chatOf(fields).reasoning).toEqual(reasoning);
  });

  test('of earlier turns keeps its place', () => {
    const [, turn] = messagesOf(
      { role: 'user', content: 'x' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm', signature: 'c2ln' },
          { type: 'text', text: 'I look.' },
          { type: 'redacted_thinking', data: 'ZGF0YQ==' },
          call('a'),
        ],
      },
      { role: 'user', content: [result('a')] },
    );
    expect(turn).toMatchObject({
      reasoning_details: [
        { type: 'reasoning.text', text: 'Hm', signature: 'c2ln', format: 'anthropic-claude-v1', index: 0 },
        { type: 'reasoning.encrypted', data: 'ZGF0YQ==', format: 'anthropic-claude-v1', index: 2 },
      ],
    });
  });
});

test('tools, and the choice among them', () => {
  const tool = { name: 'look', description: 'Looks', input_schema: { type: 'object' }, defer_loading: true };
  expect(chatOf({ tools: [tool], tool_choice: { type: 'any', disable_parallel_tool_use: true } })).toMatchObject({
    tools: [{ type: 'function', function: { name: 'look', description: 'Looks', parameters: { type: 'object' } } }],
    tool_choice: 'required',
    parallel_tool_calls: false,
  });
});

describe('what costs in ways that are not served is refused', () => {
  test.each([
    [{ service_tier: 'priority' }, 'service_tier'],
    [{ speed: 'fast' }, 'speed'],
    [{ inference_geo: 'us' }, 'inference_geo'],
    [{ mcp_servers: [{ type: 'url', url: 'https://a.example', name: 'a' }] }, 'mcp_servers'],
    [{ container: 'c' }, 'container'],
    [{ fallbacks: 'default' }, 'fallbacks'],
    [{ thread: { type: 'create' } }, 'thread'],
    [{ tools: [{ type: 'web_search_20250305', name: 'web_search' }] }, 'tools.0.type'],
    [{ tools: [{ type: 'mcp_toolset', mcp_server_name: 'a' }] }, 'tools.0.type'],
  ])('%j', (fields, param) => {
    expect(() => parse(fields)).toThrow(expect.objectContaining({ code: 'invalid_request_error', param }));
  });

  test('a thread in a way by which Anthropic’s SDK sends the whole conversation instead', () => {
    expect(() => parse({ thread: { type: 'create' } })).toThrow(
      expect.objectContaining({ details: { error_code: 'thread_unsupported_request', unsupported: ['thread'] } }),
    );
  });

  test('and a tool in OpenAI’s form is not taken for one that costs', () => {
    const tools = [{ type: 'function', function: { name: 'look' } }];
    expect(() => parse({ tools })).toThrow('tools.0.type: there is no such type of tools');
    expect(() => parse({ tools: [{ type: 'web_fetch_20260318', name: 'web_fetch' }] })).toThrow('prices of their own');
  });

  test('a field of one’s own tool may be called like a file’s', () => {
    const schema = { type: 'object', properties: { file_id: { type: 'string' } } };
    const use = { ...call('a'), input: { file_id: 'f' } };
    const messages = [
      ...hello.messages,
      { role: 'assistant', content: [use] },
      { role: 'user', content: [result('a')] },
    ];
    expect(() => parse({ messages, tools: [{ name: 'look', input_schema: schema }] })).not.toThrow();
  });

  test('but not what says nothing of it', () => {
    const nothing = { service_tier: 'standard_only', speed: 'standard', mcp_servers: [], container: null };
    expect(() => parse(nothing)).not.toThrow();
  });
});

describe('what no other format has a word for', () => {
  test('stays in the body, in its order, and is counted', () => {
    const fields = {
      context_management: { edits: [] },
      tools: [{ name: 'a', input_schema: {}, input_examples: [{}] }],
    };
    const { body, needed, unsaid } = parse(fields);
    expect(Object.keys(body)).toEqual(['model', 'max_tokens', 'messages', 'context_management', 'tools']);
    expect(needed).toBeNull();
    expect(unsaid).toEqual([{ input_examples: [{}] }, { context_management: { edits: [] } }]);
  });

  test('is counted in blocks, too, and in what is dropped', () => {
    const cited = { type: 'text', text: 'Yes.', citations: [{ cited_text: 'of old' }] };
    const { unsaid } = parse({
      system: [{ type: 'text', text: 'x-anthropic-billing-header: cc_version=2' }],
      messages: [...hello.messages, { role: 'assistant', content: [cited] }],
    });
    expect(unsaid).toEqual([
      { type: 'text', text: 'x-anthropic-billing-header: cc_version=2' },
      { citations: [{ cited_text: 'of old' }] },
    ]);
  });

  test.each([
    [{ tools: [{ type: 'bash_20250124', name: 'bash' }] }, 'tools.0.type'],
    [{ messages: [{ role: 'user', content: [{ type: 'tool_removal', tool: {} }] }] }, 'messages.0.content.0.type'],
  ])('is needed: %j', (fields, param) => {
    expect(parse(fields).needed).toBe(param);
  });
});

test('a key’s defaults stand where they are fields of this format', () => {
  const { body, chat } = atOnce(
    parseMessagesRequest(hello, {
      temperature: 0.1,
      frequency_penalty: 1,
      weight_profile: 'balanced',
    }),
  );
  expect(body).not.toHaveProperty('frequency_penalty');
  expect(body).not.toHaveProperty('weight_profile');
  expect([body.temperature, chat.weight_profile]).toEqual([0.1, 'balanced']);
});

test('only what is counted needs no limit', () => {
  const { max_tokens: _, ...unlimited } = hello;
  expect(() => atOnce(parseMessagesRequest(unlimited))).toThrow(expect.objectContaining({ param: 'max_tokens' }));
  expect(atOnce(parseCountRequest(unlimited)).chat.max_tokens).toBeUndefined();
});
