import { describe, expect, test } from '@jest/globals';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import type { ReasoningIssuer } from '../../core/endpoints/endpoint.ts';
import { MeshError } from '../../core/errors.ts';
import type { ChatRequest } from '../pivot/chat-request.ts';
import { toRequest } from './to-request.ts';

const issuer = 'anthropic-claude-v1';
const claude = (changes: object = {}, send: 'budget' | 'adaptive' = 'budget', by: ReasoningIssuer = issuer) =>
  makeEndpoint({ format: 'converse', reasoning: { send, field: null, replay: 'signed', issuer: by }, ...changes });

const bodyOf = (chat: Partial<ChatRequest>, endpoint = claude(), maxOutputTokens = 4_000) =>
  toRequest(
    { chat: { model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...chat }, raw: {}, maxOutputTokens },
    endpoint,
  ).body;

const call = (id: string, name: string, args = '{}') => ({
  id,
  type: 'function' as const,
  function: { name, arguments: args },
});
const weather = {
  type: 'function' as const,
  function: { name: 'weather', parameters: { properties: { city: { type: 'string' } } } },
};
const png = 'data:image/png;base64,iVBORw0=';

test('a plain request', () => {
  const chat: Partial<ChatRequest> = {
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'developer', content: 'In verse.' },
      { role: 'user', content: 'Hi' },
      { role: 'user', content: 'there' },
      { role: 'assistant', content: 'Hello' },
      { role: 'system', content: 'Now in prose.' },
      { role: 'user', content: 'Go on' },
    ],
    temperature: 1.7,
    top_p: 0.5,
    stop: ['END', ' '],
    seed: 1,
    user: 'u',
  };
  expect(bodyOf(chat)).toEqual({
    system: [{ text: 'Be brief.' }, { text: 'In verse.' }],
    messages: [
      { role: 'user', content: [{ text: 'Hi' }, { text: 'there' }] },
      { role: 'assistant', content: [{ text: 'Hello' }] },
      { role: 'user', content: [{ text: 'Now in prose.' }, { text: 'Go on' }] },
    ],
    inferenceConfig: { maxTokens: 4_000, temperature: 1, stopSequences: ['END'] },
    additionalModelResponseFieldPaths: ['/stop_sequence'],
  });
});

describe('parts', () => {
  const content = (parts: unknown[]) => bodyOf({ messages: [{ role: 'user', content: parts as never }] }).messages;

  test('images, files and video carry their bytes, and documents have names apart', () => {
    const pdf = {
      type: 'file',
      file: { filename: 'Q3 report_v2.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' },
    };
    const video = { type: 'video_url', video_url: { url: 'data:video/mp4;base64,AAAA' } };
    expect(
      content([{ type: 'text', text: ' ' }, { type: 'image_url', image_url: { url: png } }, pdf, pdf, video]),
    ).toEqual([
      {
        role: 'user',
        content: [
          { text: 'Q3 report-v2:' },
          { image: { format: 'png', source: { bytes: 'iVBORw0=' } } },
          { document: { format: 'pdf', name: 'Q3 report-v2', source: { bytes: 'JVBERi0=' } } },
          { document: { format: 'pdf', name: 'Q3 report-v2 (2)', source: { bytes: 'JVBERi0=' } } },
          { video: { format: 'mp4', source: { bytes: 'AAAA' } } },
        ],
      },
    ]);
  });

  test.each([
    ['an image by URL', { type: 'image_url', image_url: { url: 'https://example.com/a.png' } }],
    ['an image type it does not know', { type: 'image_url', image_url: { url: 'data:image/tiff;base64,AAAA' } }],
    ['a file by id', { type: 'file', file: { file_id: 'file-1' } }],
    ['audio', { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }],
  ])('%s is refused', (_name, part) => {
    expect(() => content([part])).toThrow(
      expect.objectContaining({
        code: 'model_capability_not_supported',
        param: expect.stringContaining('messages.0.content.0'),
      }),
    );
  });

  test('cache markers become points after what they mark, at most the last four', () => {
    const marked = (text: string, ttl?: '1h') => ({
      type: 'text' as const,
      text,
      cache_control: { type: 'ephemeral' as const, ...(ttl ? { ttl } : {}) },
    });
    const body = bodyOf({
      tools: [{ ...weather, cache_control: { type: 'ephemeral' } }],
      messages: [
        { role: 'system', content: [marked('s', '1h')] },
        { role: 'user', content: [marked('a'), marked('b'), marked('c')] },
      ],
    });
    expect(JSON.stringify(body).match(/cachePoint/g)).toHaveLength(4);
    expect(body.system).toEqual([{ text: 's' }, { cachePoint: { type: 'default', ttl: '1h' } }]);
    expect(body.toolConfig).toEqual({
      tools: [
        {
          toolSpec: {
            name: 'weather',
            inputSchema: { json: { type: 'object', properties: { city: { type: 'string' } } } },
          },
        },
      ],
    });
  });
});

describe('a conversation that the assistant begins', () => {
  const greeting = { role: 'assistant' as const, content: 'How can I help?' };
  test.each<[string, ChatRequest['messages']]>([
    ['at once', [greeting, { role: 'user', content: 'Hi' }]],
    ['after the system', [{ role: 'system', content: 's' }, greeting]],
    ['after a user who said nothing', [{ role: 'user', content: ' ' }, greeting, { role: 'user', content: 'Hi' }]],
  ])('%s moves on to another endpoint, since this API refuses it', (_name, messages) => {
    expect(() => bodyOf({ messages })).toThrow(
      expect.objectContaining({ code: 'model_capability_not_supported', retry: 'other', param: 'messages' }),
    );
  });
});

describe('cache points', () => {
  const marker = { type: 'ephemeral' as const, ttl: '1h' as const };
  const chat: Partial<ChatRequest> = {
    tools: [{ ...weather, cache_control: marker }],
    messages: [{ role: 'user', content: [{ type: 'text', text: 'a', cache_control: marker }] }],
  };
  const pointsFor = (by: ReasoningIssuer) =>
    JSON.stringify(bodyOf(chat, claude({}, 'budget', by))).match(/"cachePoint":{[^}]*}/g);

  test.each<[ReasoningIssuer, string[] | null]>([
    ['anthropic-claude-v1', Array(2).fill('"cachePoint":{"type":"default","ttl":"1h"}')],
    ['amazon-nova-v1', ['"cachePoint":{"type":"default"}']],
    ['unknown', null],
  ])('for %s', (by, points) => expect(pointsFor(by)).toEqual(points));
});

describe('tools', () => {
  const history: ChatRequest['messages'] = [
    { role: 'user', content: 'q' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [call('a', 'weather', '{"city":"Pune"}'), call('b', 'weather', '')],
    },
    { role: 'tool', tool_call_id: 'b', content: '' },
    {
      role: 'tool',
      tool_call_id: 'a',
      content: [
        { type: 'text', text: 'hot' },
        { type: 'image_url', image_url: { url: png } },
      ],
    },
  ];

  test('parallel results are one turn in call order, images after them', () => {
    expect(bodyOf({ messages: history, tools: [weather] }).messages).toEqual([
      { role: 'user', content: [{ text: 'q' }] },
      {
        role: 'assistant',
        content: [
          { toolUse: { toolUseId: 'a', name: 'weather', input: { city: 'Pune' } } },
          { toolUse: { toolUseId: 'b', name: 'weather', input: {} } },
        ],
      },
      {
        role: 'user',
        content: [
          { toolResult: { toolUseId: 'a', content: [{ text: 'hot' }] } },
          { toolResult: { toolUseId: 'b', content: [{ text: '(empty)' }] } },
          { text: 'Image returned by weather (call a):' },
          { image: { format: 'png', source: { bytes: 'iVBORw0=' } } },
        ],
      },
    ]);
  });

  test('the choice of auto is the default, and some models refuse to hear it', () => {
    expect(bodyOf({ tools: [weather], tool_choice: 'auto' }).toolConfig).not.toHaveProperty('toolChoice');
  });

  test.each([
    ['required', { any: {} }],
    [{ type: 'function', function: { name: 'weather' } }, { tool: { name: 'weather' } }],
  ])('the choice %j', (tool_choice, toolChoice) => {
    expect(bodyOf({ tools: [weather], tool_choice: tool_choice as never }).toolConfig).toMatchObject({ toolChoice });
  });

  test('a choice of none leaves the tools out, unless the conversation needs them', () => {
    expect(bodyOf({ tools: [weather], tool_choice: 'none' }).toolConfig).toBeUndefined();
    expect(bodyOf({ messages: history, tools: [weather], tool_choice: 'none' }).toolConfig).not.toHaveProperty(
      'toolChoice',
    );
  });

  test('a conversation with calls keeps the names of its tools where the caller no longer sends them', () => {
    expect(bodyOf({ messages: history }).toolConfig).toEqual({
      tools: [{ toolSpec: { name: 'weather', inputSchema: { json: { type: 'object', properties: {} } } } }],
    });
  });

  test('what Claude refuses at the root of parameters moves into the description', () => {
    const parameters = { type: 'object', anyOf: [{ required: ['a'] }], description: 'Either.' };
    expect(bodyOf({ tools: [{ ...weather, function: { name: 'f', parameters } }] }).toolConfig).toEqual({
      tools: [
        {
          toolSpec: {
            name: 'f',
            inputSchema: {
              json: { type: 'object', properties: {}, description: 'Either. (anyOf: [{"required":["a"]}])' },
            },
          },
        },
      ],
    });
  });

  test('a strict tool is strict where the endpoint can, with closed objects', () => {
    const strict = { ...weather, function: { ...weather.function, strict: true } };
    expect(bodyOf({ tools: [strict] }).toolConfig).toMatchObject({
      tools: [{ toolSpec: { strict: true, inputSchema: { json: { additionalProperties: false } } } }],
    });
    const without = claude({ capabilities: new Set(['tools']) });
    expect(JSON.stringify(bodyOf({ tools: [strict] }, without))).not.toContain('strict');
  });

  const tooLong = 'x'.repeat(65);
  test.each<[string, string, Partial<ChatRequest>]>([
    ['of a tool', 'tools.0.function.name', { tools: [{ ...weather, function: { name: tooLong } }] }],
    [
      'of a choice',
      'tool_choice.function.name',
      { tools: [weather], tool_choice: { type: 'function', function: { name: 'a.b' } } },
    ],
    [
      'of an earlier call',
      'messages.1.tool_calls.0.function.name',
      {
        messages: [
          { role: 'user', content: 'q' },
          { role: 'assistant', tool_calls: [call('a', tooLong)] },
          { role: 'tool', tool_call_id: 'a', content: 'x' },
        ],
      },
    ],
  ])('a name %s that only other providers take moves on to them', (_name, param, chat) => {
    expect(() => bodyOf(chat)).toThrow(
      expect.objectContaining({ code: 'model_capability_not_supported', retry: 'other', param }),
    );
  });

  test.each([
    [
      'arguments that are no object',
      {
        messages: [
          { role: 'user', content: 'q' },
          { role: 'assistant', tool_calls: [call('a', 'f', '[1]')] },
          { role: 'tool', tool_call_id: 'a', content: 'x' },
        ],
      },
    ],
    ['a forced call without tools', { tool_choice: 'required' }],
    [
      'parameters that are no object',
      { tools: [{ ...weather, function: { name: 'f', parameters: { type: 'string' } } }] },
    ],
  ])('%s is the caller’s mistake', (_name, chat) => {
    expect(() => bodyOf(chat as Partial<ChatRequest>)).toThrow(
      expect.objectContaining({ code: 'invalid_request_error' }),
    );
  });
});

describe('reasoning', () => {
  const thought = { type: 'reasoning.text' as const, text: 'hm', signature: 'c2ln', format: issuer, index: 0 };
  const own = (chat: Partial<ChatRequest>, endpoint = claude()) => bodyOf(chat, endpoint).additionalModelRequestFields;
  const nova = claude({}, 'budget', 'amazon-nova-v1');

  test('that nobody asked for is not set', () => expect(own({})).toBeUndefined());
  test('by budget, without sampling beside it', () => {
    const body = bodyOf({ reasoning_effort: 'medium', temperature: 0.3, top_k: 5 });
    expect(body.additionalModelRequestFields).toEqual({ thinking: { type: 'enabled', budget_tokens: 2_000 } });
    expect(body.inferenceConfig).toEqual({ maxTokens: 4_000 });
  });
  test('adaptive', () => {
    const body = bodyOf({ reasoning_effort: 'minimal' }, claude({}, 'adaptive'));
    expect(body.additionalModelRequestFields).toEqual({ thinking: { type: 'adaptive', display: 'summarized' } });
    expect(body.outputConfig).toEqual({ effort: 'low' });
  });
  test('of Nova by its own name', () => {
    expect(own({ reasoning_effort: 'minimal' }, nova)).toEqual({
      reasoningConfig: { type: 'enabled', maxReasoningEffort: 'low' },
    });
    expect(own({ reasoning_effort: 'none' }, nova)).toEqual({ reasoningConfig: { type: 'disabled' } });
    expect(own({ top_k: 500 }, nova)).toEqual({ inferenceConfig: { topK: 128 } });
    expect(own({ top_k: 5 }, nova)).toEqual({ inferenceConfig: { topK: 5 } });
  });
  test('of Nova never asks for so much that the output limit would be refused', () => {
    expect(own({ reasoning_effort: 'xhigh' }, nova)).toEqual({
      reasoningConfig: { type: 'enabled', maxReasoningEffort: 'medium' },
    });
  });
  test('by name for other models, which sample as well', () => {
    const named = makeEndpoint({ format: 'converse' });
    const body = bodyOf({ reasoning_effort: 'xhigh', temperature: 0.3, top_p: 0.9, top_k: 5 }, named);
    expect(body.additionalModelRequestFields).toEqual({ reasoning_effort: 'high' });
    expect(body.inferenceConfig).toEqual({ maxTokens: 4_000, temperature: 0.3, topP: 0.9 });
  });
  test('that was switched off is said', () => {
    expect(own({ reasoning: { enabled: false } })).toEqual({ thinking: { type: 'disabled' } });
  });
  test('without room for the smallest budget is left out', () => {
    expect(bodyOf({ reasoning_effort: 'high' }, claude(), 1_024).additionalModelRequestFields).toBeUndefined();
  });
  test('above high is not asked of a Claude that a forced call keeps from thinking', () => {
    const forced = { reasoning_effort: 'max' as const, tools: [weather], tool_choice: 'required' as const };
    const body = bodyOf(forced, claude({}, 'adaptive'));
    expect(body).not.toHaveProperty('additionalModelRequestFields');
    expect(body.outputConfig).toEqual({ effort: 'high' });
  });
  test('is left out where the model goes on with an answer, which loses its last white space', () => {
    const messages: ChatRequest['messages'] = [
      { role: 'user', content: 'q' },
      { role: 'assistant', content: 'It is ', reasoning_details: [thought] },
    ];
    const body = bodyOf({ reasoning_effort: 'medium', messages });
    expect(body).not.toHaveProperty('additionalModelRequestFields');
    expect((body.messages as unknown[])[1]).toEqual({ role: 'assistant', content: [{ text: 'It is' }] });
  });
  test('of a marked answer that goes on is no reason to keep its last white space', () => {
    const content = [{ type: 'text' as const, text: 'It is ', cache_control: { type: 'ephemeral' as const } }];
    const messages: ChatRequest['messages'] = [
      { role: 'user', content: 'q' },
      { role: 'assistant', content },
    ];
    expect((bodyOf({ messages }).messages as unknown[])[1]).toEqual({
      role: 'assistant',
      content: [{ text: 'It is' }, { cachePoint: { type: 'default' } }],
    });
  });
  test('is left out where a call is forced: the choice wins', () => {
    expect(own({ reasoning_effort: 'high', tools: [weather], tool_choice: 'required' })).toBeUndefined();
  });

  const turn = (details: unknown[]): ChatRequest['messages'] => [
    { role: 'user', content: 'q' },
    { role: 'assistant', content: 'So', tool_calls: [call('a', 'weather')], reasoning_details: details as never },
    { role: 'tool', tool_call_id: 'a', content: 'hot' },
  ];
  const assistant = (details: unknown[], endpoint = claude()) =>
    (
      bodyOf({ messages: turn(details), tools: [weather], reasoning_effort: 'medium' }, endpoint).messages as {
        content: unknown[];
      }[]
    )[1]?.content;

  test('that is signed goes back unchanged, where it stood', () => {
    const hidden = { type: 'reasoning.encrypted', data: 'aGk=', format: issuer, index: 2 };
    expect(assistant([hidden, thought])).toEqual([
      { reasoningContent: { reasoningText: { text: 'hm', signature: 'c2ln' } } },
      { text: 'So' },
      { reasoningContent: { redactedContent: 'aGk=' } },
      { toolUse: { toolUseId: 'a', name: 'weather', input: {} } },
    ]);
  });

  test('of another issuer, or unsigned, never goes to this one', () => {
    expect(
      JSON.stringify(
        assistant([
          { ...thought, format: 'google-gemini-v1' },
          { ...thought, signature: null },
        ]),
      ),
    ).not.toContain('reasoningContent');
  });

  test('that the client lost makes the turn run without thinking', () => {
    const asked = { tools: [weather], reasoning_effort: 'medium' as const };
    expect(own({ ...asked, messages: turn([]) })).toBeUndefined();
    expect(own({ ...asked, messages: turn([thought]) })).toHaveProperty('thinking');
  });
});

describe('structured output', () => {
  test('a schema goes along as text', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };
    const body = bodyOf({ response_format: { type: 'json_schema', json_schema: { name: 'n', schema, strict: true } } });
    const { textFormat } = body.outputConfig as {
      textFormat: { type: string; structure: { jsonSchema: { schema: string; name: string } } };
    };
    expect(textFormat.type).toBe('json_schema');
    expect(JSON.parse(textFormat.structure.jsonSchema.schema)).toMatchObject({
      ...schema,
      additionalProperties: false,
    });
  });
});

test.each([{ n: 2 }, { logprobs: true }, { modalities: ['text', 'audio'] }])('%j is refused', (chat) => {
  expect(() => bodyOf(chat)).toThrow(MeshError);
});
