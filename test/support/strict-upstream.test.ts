import { describe, expect, test } from '@jest/globals';
import { refusalOf, type StrictProvider } from './strict-upstream.ts';

const hello = { role: 'user', content: 'hi' };
const call = (id: string, args: unknown = '{}') => ({
  role: 'assistant',
  tool_calls: [{ id, type: 'function', function: { name: 'f', arguments: args } }],
});
const result = (id: string) => ({ role: 'tool', tool_call_id: id, content: 'x' });
const chat = (fields: object = {}) => ({ model: 'm', messages: [hello], ...fields });
const tool = (parameters: object) => ({ tools: [{ type: 'function', function: { name: 'f', parameters } }] });
const path = '/v1/chat/completions';

const claude = (fields: object = {}) => ({
  model: 'claude-sonnet-4-6',
  max_tokens: 10,
  messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
  ...fields,
});
const use = (id: string, input: unknown = {}) => ({
  role: 'assistant',
  content: [{ type: 'tool_use', id, name: 'f', input }],
});
const used = (id: string) => ({ role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: 'x' }] });
const responses = (fields: object = {}) => ({
  model: 'gpt-5.2',
  input: [hello],
  max_output_tokens: 16,
  store: false,
  ...fields,
});
const gemini = (fields: object = {}) => ({
  contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
  generationConfig: { maxOutputTokens: 9 },
  ...fields,
});
const converse = (fields: object = {}) => ({
  messages: [{ role: 'user', content: [{ text: 'hi' }] }],
  inferenceConfig: { maxTokens: 9 },
  ...fields,
});
const nova = '/model/amazon.nova-lite-v1%3A0/converse';

/** Seen wrong at real providers, or forbidden by their documents. */
const refused: [StrictProvider, object, RegExp, string?][] = [
  ['mistral', chat({ stream: true, stream_options: { include_usage: true } }), /stream_options/],
  ['mistral', chat({ user: 'u' }), /user/],
  ['mistral', chat({ messages: [{ ...hello, name: 'Ann' }] }), /name/],
  ['mistral', chat({ max_completion_tokens: 5 }), /max_completion_tokens/],
  ['mistral', chat({ messages: [hello, call('call_1'), result('call_1')] }), /id|Invalid/],
  ['mistral', chat({ messages: [hello, call('abcdefghi'), result('abcdefghi'), hello] }), /after role 'tool'/],
  ['mistral', chat({ messages: [hello, { role: 'assistant', content: 'It is' }] }), /last role/],
  [
    'mistral',
    chat({ messages: [hello, { role: 'assistant', content: 'A' }, { role: 'system', content: 'S' }, hello] }),
    /after/,
  ],
  ['mistral', chat({ messages: [hello, { role: 'assistant', content: '' }, hello] }), /either content or tool_calls/],
  ['mistral', chat({ temperature: 2 }), /temperature/],
  ['deepseek', chat({ tool_choice: 'required' }), /tool_choice/],
  ['moonshot', chat({ tools: [{ type: 'function', function: { name: 'f', strict: true } }] }), /strict/],
  ['groq', chat({ messages: [{ role: 'user', content: 'Half: \ud83d' }] }), /surrogate/],
  ['groq', chat({ top_k: 4 }), /top_k/],
  ['groq', chat({ logit_bias: { 1: 1 } }), /logit_bias/],
  ['groq', chat({ messages: [{ role: 'system', content: [{ type: 'text', text: 'x' }] }] }), /content/],
  ['groq', chat({ messages: [{ ...hello, name: 'Ann' }] }), /name/],
  ['groq', chat({ reasoning_effort: 'none' }), /reasoning_effort/],
  ['cerebras', chat({ min_p: 0.1 }), /min_p/],
  ['cerebras', chat({ frequency_penalty: 1 }), /frequency_penalty/],
  ['xai', chat({ logit_bias: {} }), /logit_bias/],
  ['openai', chat({ top_k: 1 }), /top_k/],
  ['openai', chat({ messages: [call('x'.repeat(41)), result('x'.repeat(41))] }), /40/],
  ['openai', chat(tool({ type: 'object', properties: {}, anyOf: [{}] })), /top level/],
  ['openai', chat(tool({ type: 'object', properties: { a: { type: 'array' } } })), /missing items/],
  ['deepseek', chat({ messages: [hello, call('a'), result('a')] }), /reasoning_content/],
  ['moonshot', chat({ reasoning_effort: 'none' }), /reasoning_effort/],
  ['zai', chat({ stream_options: { include_usage: true } }), /stream_options/],
  ['together', chat({ user: 'u' }), /user/],
  ['fireworks', chat({ messages: [hello, call('a', '{"b":'), result('a')] }), /JSON object/],
  ['unknown', chat({ max_completion_tokens: 5 }), /max_completion_tokens/],
  ['unknown', chat({ messages: [call('a'), result('a'), call('a'), result('a')] }), /duplicate/],
  ['anthropic', claude({ metadata: { user_id: 'ann@example.com' } }), /email/],
  ['anthropic', claude({ output_config: { effort: 'xhigh' } }), /effort/],
  ['anthropic', claude({ messages: [...claude().messages, use('a:1'), used('a:1')] }), /Invalid|id/],
  ['anthropic', claude({ messages: [...claude().messages, use('a'), used('a'), use('a'), used('a')] }), /unique/],
  ['anthropic', claude({ messages: [...claude().messages, use('a', 'text'), used('a')] }), /input|Invalid/],
  [
    'anthropic',
    claude({ tools: [{ name: 'f', input_schema: { type: 'object', properties: { p: { items: [{}] } } } }] }),
    /is not of type/,
  ],
  ['anthropic', claude({ tools: [{ name: 'a.b', input_schema: { type: 'object' } }] }), /name/],
  ['vertex-claude', claude(), /anthropic_version/],
  ['openai', responses({ max_output_tokens: 5 }), /16/, '/v1/responses'],
  ['openai', responses({ reasoning: { effort: 'minimal' } }), /not supported with/, '/v1/responses'],
  ['openai', responses({ top_k: 1 }), /top_k/, '/v1/responses'],
  ['google', gemini({ user: 'u' }), /user/, '/v1beta/models/gemini-2.5-flash:generateContent'],
  [
    'google',
    gemini({ contents: [...gemini().contents, { role: 'model', parts: [{ functionCall: { name: 'f', args: {} } }] }] }),
    /function response/,
    '/v1beta/models/gemini-2.5-flash:generateContent',
  ],
  [
    'bedrock',
    converse({
      toolConfig: { tools: [{ toolSpec: { name: 'f', inputSchema: { json: { type: 'object', title: 'T' } } } }] },
    }),
    /title/,
    nova,
  ],
];

describe('a strict provider', () => {
  test.each(refused)('%s refuses %j with %s', (provider, body, words, at = path) =>
    expect(refusalOf(provider, { body: JSON.stringify(body), path: at })).toMatch(words),
  );

  test.each<[StrictProvider, object, string?]>([
    ['mistral', chat()],
    ['openai', chat({ max_completion_tokens: 5 })],
    ['unknown', chat({ top_k: 1, stream_options: { include_usage: true } })],
    ['anthropic', claude()],
    ['openai', responses(), '/v1/responses'],
    ['google', gemini()],
    ['bedrock', converse(), nova],
  ])('%s takes %j', (provider, body, at = path) =>
    expect(refusalOf(provider, { body: JSON.stringify(body), path: at })).toBeNull(),
  );
});
