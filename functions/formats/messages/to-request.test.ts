import { describe, expect, test } from '@jest/globals';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { type Capability, capabilities, type ReasoningRules } from '../../core/endpoint.ts';
import { type ChatRequest, chatRequestSchema } from '../chat/chat-request.ts';
import { messagesFormat } from './format.ts';

const issuer = 'anthropic-claude-v1';

interface Setting {
  send?: ReasoningRules['send'];
  without?: readonly Capability[];
  maxOutputTokens?: number;
}

/** The body for a request that says hello and `fields`. Parsed, as the router does it, so that no test asks for what cannot come. */
function bodyOf(fields: object, { send = 'budget', without = [], maxOutputTokens = 10_000 }: Setting = {}) {
  const raw = { model: 'm', messages: [{ role: 'user', content: 'Hello' }], ...fields };
  const chat: ChatRequest = chatRequestSchema.parse(raw);
  const endpoint = makeEndpoint({
    format: 'messages',
    upstreamModel: 'claude-sonnet-4-5',
    capabilities: new Set(capabilities.filter((capability) => !without.includes(capability))),
    reasoning: { send, field: null, replay: 'signed', issuer },
  });
  return messagesFormat.request({ chat, raw, maxOutputTokens }, endpoint).body;
}

const tool = (changes: object = {}) => ({ type: 'function', function: { name: 'look', parameters: {}, ...changes } });
const call = (id: string, name = 'look', text = '{}') => ({
  id,
  type: 'function',
  function: { name, arguments: text },
});
const result = (id: string, content: unknown = 'ok') => ({ role: 'tool', tool_call_id: id, content });
const signed = { type: 'reasoning.text', text: 'Hm.', signature: 'c2ln', format: issuer, index: 0 };
const thinkingBlock = { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' };

describe('a request', () => {
  test('names model, limit and version, and nothing that was not asked for', () => {
    const chat = chatRequestSchema.parse({ model: 'm', messages: [{ role: 'user', content: 'Hello' }] });
    const endpoint = makeEndpoint({ upstreamModel: 'claude-x' });
    expect(messagesFormat.request({ chat, raw: {}, maxOutputTokens: 77 }, endpoint)).toEqual({
      headers: { 'anthropic-version': '2023-06-01' },
      body: {
        model: 'claude-x',
        max_tokens: 77,
        messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
      },
    });
  });

  test('keeps what only the router understands to itself', () => {
    const fields = {
      max_tokens: 5,
      models: ['b'],
      provider: { sort: 'price' },
      session_id: 's',
      timeout: 3,
      service_tier: 'flex',
      metadata: { a: 'b' },
      stream_options: { include_usage: true },
      seed: 1,
      frequency_penalty: 1,
      verbosity: 'low',
    };
    expect(Object.keys(bodyOf(fields)).toSorted()).toEqual(['max_tokens', 'messages', 'model']);
  });

  test('passes stream and user', () => {
    expect(bodyOf({ stream: true, user: 'u-1' })).toMatchObject({ stream: true, metadata: { user_id: 'u-1' } });
  });

  test.each([
    [{ n: 2 }, 'n'],
    [{ logprobs: true }, 'logprobs'],
    [{ top_logprobs: 3 }, 'logprobs'],
    [{ modalities: ['text', 'audio'] }, 'modalities'],
    [{ response_format: { type: 'json_object' } }, 'response_format.type'],
  ])('for %j is refused, since the API has no such thing', (fields, param) => {
    expect(() => bodyOf(fields)).toThrow(
      expect.objectContaining({ code: 'model_capability_not_supported', param, retry: 'other' }),
    );
  });

  test('that would be refused is still fine with one choice and text', () => {
    expect(bodyOf({ n: 1, logprobs: false, modalities: ['text'], response_format: { type: 'text' } })).toEqual(
      bodyOf({}),
    );
  });
});

describe('sampling', () => {
  test.each<[object, Setting, object]>([
    [{ temperature: 0.3, top_k: 5 }, {}, { temperature: 0.3, top_k: 5 }],
    [{ temperature: 1.7 }, {}, { temperature: 1 }],
    [{ temperature: 0 }, {}, { temperature: 0 }],
    [{ top_p: 0.5 }, {}, { top_p: 0.5 }],
    [{ temperature: 0.5, top_p: 0.9 }, {}, { temperature: 0.5 }],
    [{ top_k: 0 }, {}, {}],
    [{ temperature: 0.5, top_p: 0.9, top_k: 5 }, { without: ['sampling'] }, {}],
    [{ temperature: 0.5, top_p: 0.97, top_k: 5, reasoning_effort: 'low' }, {}, { top_p: 0.97 }],
    [{ top_p: 0.9, reasoning_effort: 'low' }, {}, {}],
    [{ temperature: 0.5, reasoning_effort: 'low' }, { send: 'adaptive' }, {}],
    [{ temperature: 0.5, reasoning_effort: 'none' }, {}, { temperature: 0.5 }],
  ])('%j with %j is sent as %j', (fields, setting, sampling) => {
    const { temperature, top_p, top_k } = bodyOf(fields, setting);
    expect({ temperature, top_p, top_k }).toEqual({
      temperature: undefined,
      top_p: undefined,
      top_k: undefined,
      ...sampling,
    });
  });
});

describe('stop sequences', () => {
  test.each<[unknown, Setting, unknown]>([
    ['END', {}, ['END']],
    [['END', '\n\n', ''], {}, ['END']],
    [['\n'], {}, undefined],
    [['END'], { without: ['stop'] }, undefined],
  ])('%j with %j are %j', (stop, setting, stops) => {
    expect(bodyOf({ stop }, setting).stop_sequences).toEqual(stops);
  });
});

describe('thinking', () => {
  test.each<[object, Setting, object | undefined, object | undefined]>([
    [{}, {}, undefined, undefined],
    [{ reasoning_effort: 'medium' }, {}, { type: 'enabled', budget_tokens: 5_000 }, undefined],
    [{ reasoning: { max_tokens: 2_000 } }, {}, { type: 'enabled', budget_tokens: 2_000 }, undefined],
    [{ reasoning: { max_tokens: 20_000 } }, {}, { type: 'enabled', budget_tokens: 9_999 }, undefined],
    [{ reasoning_effort: 'high' }, { maxOutputTokens: 1_024 }, undefined, undefined],
    [{ reasoning_effort: 'none' }, {}, { type: 'disabled' }, undefined],
    [{ reasoning: { enabled: false } }, { send: 'adaptive' }, { type: 'disabled' }, undefined],
    [{ reasoning_effort: 'high' }, { without: ['reasoning'] }, undefined, undefined],
    [{ reasoning: { enabled: true } }, { send: 'adaptive' }, { type: 'adaptive', display: 'summarized' }, undefined],
    [
      { reasoning_effort: 'minimal' },
      { send: 'adaptive' },
      { type: 'adaptive', display: 'summarized' },
      { effort: 'low' },
    ],
    [
      { reasoning: { effort: 'xhigh', exclude: true } },
      { send: 'adaptive' },
      { type: 'adaptive', display: 'omitted' },
      { effort: 'xhigh' },
    ],
    [{ reasoning_effort: 'max' }, { send: 'effort' }, undefined, { effort: 'max' }],
    [{ reasoning: { max_tokens: 4_000 } }, { send: 'effort' }, undefined, { effort: 'medium' }],
  ])('%j with %j', (fields, setting, thinking, outputConfig) => {
    const body = bodyOf(fields, setting);
    expect(body.thinking).toEqual(thinking);
    expect(body.output_config).toEqual(outputConfig);
  });

  test.each(['required', { type: 'function', function: { name: 'look' } }])(
    'gives way to the forced tool choice %j, with which the API refuses it',
    (tool_choice) => {
      const body = bodyOf({ tools: [tool()], tool_choice, reasoning_effort: 'low', temperature: 0.2 });
      expect(body.thinking).toBeUndefined();
      expect(body.temperature).toBe(0.2);
      expect(bodyOf({ tools: [tool()], tool_choice: 'auto', reasoning_effort: 'low' }).thinking).toBeDefined();
    },
  );

  test('gives way to a prefill, which takes no thinking with it', () => {
    const messages = [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Well', reasoning_details: [signed] },
    ];
    const body = bodyOf({ messages, reasoning_effort: 'low' });
    expect(body.thinking).toBeUndefined();
    expect(body.messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Hello' }] },
      { role: 'assistant', content: [{ type: 'text', text: 'Well' }] },
    ]);
  });

  describe('in a tool loop', () => {
    const loop = (first: object, second: object = {}) => [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', tool_calls: [call('a')], ...first },
      result('a'),
      { role: 'assistant', tool_calls: [call('b')], ...second },
      result('b'),
    ];
    const thinkingOf = (messages: object[], setting: Setting = {}) =>
      bodyOf({ messages, tools: [tool()], reasoning_effort: 'low' }, setting).thinking;

    test('goes on while the turn began with it', () => {
      expect(thinkingOf(loop({ reasoning_details: [signed] }))).toBeDefined();
    });

    test('is left out where the client lost it, since the API would refuse the request', () => {
      expect(thinkingOf(loop({}, { reasoning_details: [signed] }))).toBeUndefined();
      expect(thinkingOf(loop({ reasoning: 'Hm.' }))).toBeUndefined();
    });

    test('goes on without it where the model decides itself', () => {
      expect(thinkingOf(loop({}), { send: 'adaptive' })).toBeDefined();
    });

    test('that is over does not matter any more', () => {
      const over = [...loop({}), { role: 'assistant', content: 'Done.' }, { role: 'user', content: 'More' }];
      expect(thinkingOf(over)).toBeDefined();
    });
  });
});

describe('earlier thinking', () => {
  const replayed = (message: object, endpoint: Partial<ReasoningRules> = {}) => {
    const chat = chatRequestSchema.parse({
      model: 'm',
      messages: [
        { role: 'user', content: 'Hello' },
        { role: 'assistant', ...message },
        { role: 'user', content: 'More' },
      ],
    });
    const rules: ReasoningRules = { send: 'budget', field: null, replay: 'signed', issuer, ...endpoint };
    const { body } = messagesFormat.request(
      { chat, raw: {}, maxOutputTokens: 100 },
      makeEndpoint({ reasoning: rules }),
    );
    const assistant = (body.messages as { role: string; content: unknown }[]).find(({ role }) => role === 'assistant');
    return assistant?.content;
  };
  const text = { type: 'text', text: 'One.' };

  test('stands where it stood', () => {
    const chat = {
      messages: [
        { role: 'user', content: 'Hello' },
        {
          role: 'assistant',
          content: 'One.',
          tool_calls: [call('a'), call('b')],
          reasoning_details: [
            signed,
            { type: 'reasoning.encrypted', data: 'ZW5j', format: issuer, index: 2 },
            { ...signed, text: '', signature: 'dHdv', index: 4 },
          ],
        },
        result('a'),
        result('b'),
      ],
    };
    expect(bodyOf(chat).messages).toMatchObject([
      {},
      {
        content: [
          thinkingBlock,
          text,
          { type: 'redacted_thinking', data: 'ZW5j' },
          { type: 'tool_use', id: 'a' },
          { type: 'thinking', thinking: '', signature: 'dHdv' },
          { type: 'tool_use', id: 'b' },
        ],
      },
      {},
    ]);
  });

  test.each<[string, object[]]>([
    [
      'with an index',
      [
        { ...signed, text: 'H', signature: undefined },
        { ...signed, text: 'm.', signature: null },
        { ...signed, text: '' },
      ],
    ],
    [
      'without one',
      [
        { ...signed, text: 'Hm.', signature: undefined, index: undefined },
        { ...signed, text: undefined, index: undefined },
      ],
    ],
  ])('in pieces as they came from the stream, %s, is put together', (_, reasoning_details) => {
    expect(replayed({ content: 'One.', reasoning_details })).toEqual([thinkingBlock, text]);
  });

  test('of two blocks stays two blocks', () => {
    const reasoning_details = [signed, { ...signed, text: 'Ah.', index: 1 }];
    expect(replayed({ content: 'One.', reasoning_details })).toEqual([
      thinkingBlock,
      { ...thinkingBlock, thinking: 'Ah.' },
      text,
    ]);
  });

  test.each<[string, object]>([
    ['of another issuer', { ...signed, format: 'google-gemini-v1' }],
    ['of nobody', { ...signed, format: undefined }],
    ['without a signature', { ...signed, signature: undefined }],
    ['that is a summary', { type: 'reasoning.summary', summary: 'Hm.', format: issuer }],
    ['that another issuer encrypted', { type: 'reasoning.encrypted', data: 'x', format: 'openai-responses-v1' }],
  ])('%s is dropped', (_, detail) => {
    expect(replayed({ content: 'One.', reasoning: 'Hm.', reasoning_details: [detail] })).toEqual([text]);
  });

  test('that is dropped does not move what stays', () => {
    const reasoning_details = [
      { ...signed, signature: undefined },
      { ...signed, index: 1 },
    ];
    expect(replayed({ content: 'One.', reasoning_details })).toEqual([thinkingBlock, text]);
  });

  test('is dropped at the end of a message, where the API refuses it', () => {
    expect(replayed({ content: 'One.', reasoning_details: [signed, { ...signed, index: 2 }] })).toEqual([
      thinkingBlock,
      text,
    ]);
    expect(replayed({ content: '', reasoning_details: [signed] })).toBeUndefined();
  });

  test('is never sent to an endpoint that wants none, and unsigned to one that signs nothing', () => {
    expect(replayed({ content: 'One.', reasoning_details: [signed] }, { replay: 'never' })).toEqual([text]);
    const unsigned = { ...signed, signature: undefined };
    expect(replayed({ content: 'One.', reasoning_details: [unsigned] }, { replay: 'always' })).toEqual([
      { ...thinkingBlock, signature: '' },
      text,
    ]);
  });
});

describe('messages', () => {
  const messagesOf = (messages: object[], setting: Setting = {}) => {
    const { system, messages: sent } = bodyOf({ messages }, setting);
    return { system, messages: sent };
  };
  const user = (...texts: string[]) => ({ role: 'user', content: texts.map((text) => ({ type: 'text', text })) });
  const assistant = (...texts: string[]) => ({
    role: 'assistant',
    content: texts.map((text) => ({ type: 'text', text })),
  });

  test('of the system stand above where they came first, and in their place where they came later', () => {
    const cache_control = { type: 'ephemeral', ttl: '1h' };
    expect(
      messagesOf([
        { role: 'system', content: 'Be kind.' },
        { role: 'developer', content: [{ type: 'text', text: 'Be brief.', cache_control }] },
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: 'Hi' },
        { role: 'system', content: 'Now in Hindi.' },
        { role: 'user', content: 'Again' },
      ]),
    ).toEqual({
      system: [
        { type: 'text', text: 'Be kind.' },
        { type: 'text', text: 'Be brief.', cache_control },
      ],
      messages: [user('Hello'), assistant('Hi'), user('Now in Hindi.', 'Again')],
    });
  });

  test('of the system alone are said by the user, since the API needs a message', () => {
    expect(messagesOf([{ role: 'system', content: 'Count.' }])).toEqual({ messages: [user('Count.')] });
  });

  test('of one role in a row become one', () => {
    expect(
      messagesOf([
        { role: 'user', content: 'A' },
        { role: 'user', content: 'B' },
        { role: 'assistant', content: 'C' },
        { role: 'assistant', content: null, refusal: 'No.' },
        { role: 'user', content: 'D' },
      ]).messages,
    ).toEqual([user('A', 'B'), assistant('C', 'No.'), user('D')]);
  });

  test('without a visible character are dropped, and what they parted joins', () => {
    const parts = [
      { type: 'text', text: '' },
      { type: 'text', text: 'B' },
    ];
    expect(
      messagesOf([
        { role: 'system', content: '' },
        { role: 'user', content: 'A' },
        { role: 'assistant', content: ' \n' },
        { role: 'user', content: parts },
      ]),
    ).toEqual({ messages: [user('A', 'B')] });
  });

  test('that hold nothing at all are refused', () => {
    expect(() => messagesOf([{ role: 'user', content: ' ' }])).toThrow(
      expect.objectContaining({ code: 'invalid_request_error', param: 'messages' }),
    );
  });

  test('that end with the assistant lose their last white space, which the API refuses', () => {
    expect(
      messagesOf([
        { role: 'user', content: 'A' },
        { role: 'assistant', content: 'Dear \n' },
      ]).messages,
    ).toEqual([user('A'), assistant('Dear')]);
  });
});

describe('tool results', () => {
  test('become one user turn in the order of the calls, before what the user says next', () => {
    const png = 'data:image/png;base64,iVBORw0=';
    const { messages } = bodyOf({
      tools: [tool()],
      messages: [
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: null, tool_calls: [call('a'), call('b')] },
        { role: 'tool', tool_call_id: 'b', content: '' },
        {
          role: 'tool',
          tool_call_id: 'a',
          content: [
            { type: 'text', text: 'seen' },
            { type: 'image_url', image_url: { url: png } },
          ],
          cache_control: { type: 'ephemeral' },
        },
        { role: 'user', content: 'Go on' },
      ],
    });
    expect((messages as unknown[])[2]).toEqual({
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'a', content: 'seen', cache_control: { type: 'ephemeral' } },
        { type: 'tool_result', tool_use_id: 'b' },
        { type: 'text', text: 'Image returned by look (call a):' },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0=' } },
        { type: 'text', text: 'Go on' },
      ],
    });
  });

  test('and calls of another provider keep belonging together under ids that the API takes', () => {
    const { messages } = bodyOf({
      messages: [
        { role: 'user', content: 'Hello' },
        { role: 'assistant', tool_calls: [call('functions.look:0'), call('functions.look:1')] },
        result('functions.look:0'),
        result('functions.look:1'),
      ],
    });
    const blocks = (messages as { content: { id?: string; tool_use_id?: string }[] }[]).flatMap(
      ({ content }) => content,
    );
    const ids = blocks.flatMap(({ id }) => id ?? []);
    expect(blocks.flatMap(({ tool_use_id }) => tool_use_id ?? [])).toEqual(ids);
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^[a-zA-Z0-9_-]+$/);
  });
});

describe('arguments of earlier calls', () => {
  const inputOf = (text: string) => {
    const messages = [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', tool_calls: [call('a', 'look', text)] },
      result('a'),
    ];
    return (bodyOf({ messages }).messages as { content: { input?: unknown }[] }[])[1]?.content[0]?.input;
  };

  test.each([
    ['{"a":[1]}', { a: [1] }],
    ['', {}],
    [' ', {}],
  ])('%j are the input %j', (text, input) => {
    expect(inputOf(text)).toEqual(input);
  });

  test.each(['{"a":', '[1]', 'null', '"text"', '3'])('%j are the caller’s mistake', (text) => {
    expect(() => inputOf(text)).toThrow(
      expect.objectContaining({
        code: 'invalid_request_error',
        param: 'messages.1.tool_calls.0.function.arguments',
        message: expect.not.stringContaining(text),
      }),
    );
  });
});

describe('tools', () => {
  const toolOf = (changes: object, setting: Setting = {}) =>
    (bodyOf({ tools: [tool(changes)] }, setting).tools as object[])[0];

  test('without parameters take an empty object', () => {
    expect(toolOf({ parameters: undefined })).toEqual({
      name: 'look',
      input_schema: { type: 'object', properties: {} },
    });
  });

  test('keep description, schema and cache marker', () => {
    const parameters = { type: 'object', properties: { a: { type: 'integer', minimum: 1 } }, required: ['a'] };
    const cache_control = { type: 'ephemeral', ttl: '5m' };
    const tools = [{ ...tool({ description: 'Looks.', parameters }), cache_control }];
    expect(bodyOf({ tools }).tools).toEqual([
      { name: 'look', description: 'Looks.', input_schema: parameters, cache_control },
    ]);
  });

  test('that are strict say so, with a closed schema', () => {
    const parameters = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };
    expect(toolOf({ strict: true, parameters })).toEqual({
      name: 'look',
      strict: true,
      input_schema: { ...parameters, additionalProperties: false },
    });
    expect(toolOf({ strict: true, parameters }, { without: ['json_schema'] })).toEqual({
      name: 'look',
      input_schema: parameters,
    });
  });

  test('that are strict about what the API cannot check are refused', () => {
    const parameters = { type: 'object', properties: { a: { type: 'integer', minimum: 1 } } };
    expect(() => toolOf({ strict: true, parameters })).toThrow(
      expect.objectContaining({
        code: 'invalid_request_error',
        param: 'tools.0.function.parameters.properties.a.minimum',
      }),
    );
  });

  test('with alternatives at the root say them in words, since the API refuses them there', () => {
    const parameters = { anyOf: [{ required: ['a'] }], properties: { a: { anyOf: [{ type: 'null' }] } } };
    expect(toolOf({ parameters })).toEqual({
      name: 'look',
      input_schema: {
        type: 'object',
        description: '(anyOf: [{"required":["a"]}])',
        properties: { a: { anyOf: [{ type: 'null' }] } },
      },
    });
  });

  test.each([
    [{ name: 'look.up' }, 'tools.0.function.name'],
    [{ name: 'x'.repeat(129) }, 'tools.0.function.name'],
    [{ parameters: { type: 'string' } }, 'tools.0.function.parameters.type'],
  ])('with %j are the caller’s mistake', (changes, param) => {
    expect(() => toolOf(changes)).toThrow(expect.objectContaining({ code: 'invalid_request_error', param }));
  });

  test.each([
    [{}, undefined],
    [{ tool_choice: 'auto' }, { type: 'auto' }],
    [{ tool_choice: 'required' }, { type: 'any' }],
    [{ tool_choice: 'none' }, { type: 'none' }],
    [{ tool_choice: 'none', parallel_tool_calls: false }, { type: 'none' }],
    [{ tool_choice: { type: 'function', function: { name: 'look' } } }, { type: 'tool', name: 'look' }],
    [{ parallel_tool_calls: true }, undefined],
    [{ parallel_tool_calls: false }, { type: 'auto', disable_parallel_tool_use: true }],
    [
      { tool_choice: 'required', parallel_tool_calls: false },
      { type: 'any', disable_parallel_tool_use: true },
    ],
  ])('are chosen by %j as %j', (fields, choice) => {
    const body = bodyOf({ tools: [tool()], ...fields });
    expect(body.tool_choice).toEqual(choice);
    expect(body.tools).toHaveLength(1);
  });

  test('that are not there cannot be forced', () => {
    expect(() => bodyOf({ tools: [], tool_choice: 'required' })).toThrow(
      expect.objectContaining({ code: 'invalid_request_error', param: 'tool_choice' }),
    );
    expect(bodyOf({ tools: [], tool_choice: 'auto', parallel_tool_calls: false })).toEqual(bodyOf({}));
  });
});

describe('parts', () => {
  const blocksOf = (content: object[], setting: Setting = {}) =>
    (bodyOf({ messages: [{ role: 'user', content }] }, setting).messages as { content: object[] }[])[0]?.content;
  const image = (url: string) => ({ type: 'image_url', image_url: { url } });
  const file = (changes: object) => ({ type: 'file', file: changes });
  const base64 = Buffer.from('naïve').toString('base64');

  test.each<[object, object]>([
    [
      image('data:image/webp;base64,AAAA'),
      { type: 'image', source: { type: 'base64', media_type: 'image/webp', data: 'AAAA' } },
    ],
    [
      image('data:image/jpg;base64,AAAA'),
      { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: 'AAAA' } },
    ],
    [image('https://a.example/x.png'), { type: 'image', source: { type: 'url', url: 'https://a.example/x.png' } }],
    [
      { ...image('data:image/png;base64,AAAA'), cache_control: { type: 'ephemeral' } },
      {
        type: 'image',
        source: { type: 'base64', media_type: 'image/png', data: 'AAAA' },
        cache_control: { type: 'ephemeral' },
      },
    ],
    [
      file({ file_data: 'data:application/pdf;base64,AAAA', filename: 'a.pdf' }),
      { type: 'document', title: 'a.pdf', source: { type: 'base64', media_type: 'application/pdf', data: 'AAAA' } },
    ],
    [
      file({ file_data: `data:text/plain;charset=utf-8;base64,${base64}` }),
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'naïve' } },
    ],
    [
      file({ file_data: 'data:image/png;base64,AAAA' }),
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
    ],
    [
      file({ file_data: 'https://a.example/x.pdf' }),
      { type: 'document', source: { type: 'url', url: 'https://a.example/x.pdf' } },
    ],
  ])('%j is sent as %j', (part, block) => {
    expect(blocksOf([part])).toEqual([block]);
  });

  test.each<[object, Setting, string, string]>([
    [image('https://a.example/x.png'), { without: ['image_url'] }, 'model_capability_not_supported', 'image_url.url'],
    [
      file({ file_data: 'https://a.example/x.pdf' }),
      { without: ['image_url'] },
      'model_capability_not_supported',
      'file.file_data',
    ],
    [image('data:image/tiff;base64,AAAA'), {}, 'model_capability_not_supported', 'image_url.url'],
    [image('data:image/png,AAAA'), {}, 'invalid_request_error', 'image_url.url'],
    [image('gs://bucket/x.png'), {}, 'invalid_request_error', 'image_url.url'],
    [file({ file_id: 'file-1' }), {}, 'model_capability_not_supported', 'file.file_id'],
    [file({ file_data: 'data:application/zip;base64,AAAA' }), {}, 'model_capability_not_supported', 'file.file_data'],
    [file({}), {}, 'invalid_request_error', 'file'],
    [
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
      {},
      'model_capability_not_supported',
      'input_audio',
    ],
    [
      { type: 'video_url', video_url: { url: 'https://a.example/x.mp4' } },
      {},
      'model_capability_not_supported',
      'video_url',
    ],
  ])('%j with %j is refused as %s', (part, setting, code, field) => {
    expect(() => blocksOf([{ type: 'text', text: 'Look' }, part], setting)).toThrow(
      expect.objectContaining({ code, param: `messages.0.content.1.${field}` }),
    );
  });
});

test('of five cache markers the last four are kept, which is what the API takes', () => {
  const marked = (text: string) => ({ type: 'text', text, cache_control: { type: 'ephemeral' } });
  const body = bodyOf({
    tools: [{ ...tool(), cache_control: { type: 'ephemeral' } }],
    messages: [
      { role: 'system', content: [marked('s')] },
      { role: 'user', content: [marked('a'), marked('b'), marked('c')] },
    ],
  });
  expect(JSON.stringify(body).match(/cache_control/g)).toHaveLength(4);
  expect((body.tools as object[])[0]).not.toHaveProperty('cache_control');
});

describe('an answer by a JSON schema', () => {
  const schema = { type: 'object', properties: { age: { type: 'integer', minimum: 0 } } };
  const format = (json_schema: object) => ({ response_format: { type: 'json_schema', json_schema } });

  test('is constrained by what the API can check, and told the rest', () => {
    expect(bodyOf({ ...format({ name: 'p', description: 'A person.', schema }) }).output_config).toEqual({
      format: {
        type: 'json_schema',
        schema: {
          type: 'object',
          description: 'A person.',
          properties: { age: { type: 'integer', description: '(minimum: 0)' } },
          additionalProperties: false,
        },
      },
    });
  });

  test('goes together with an effort', () => {
    const fields = { ...format({ name: 'p', schema }), reasoning_effort: 'high' };
    expect(bodyOf(fields, { send: 'effort' }).output_config).toMatchObject({ effort: 'high', format: {} });
  });

  test.each([
    [{ name: 'p', schema, strict: true }, 'response_format.json_schema.schema.properties.age.minimum'],
    [{ name: 'p' }, 'response_format.json_schema.schema'],
  ])('by %j is refused', (json_schema, param) => {
    expect(() => bodyOf(format(json_schema))).toThrow(
      expect.objectContaining({ code: 'invalid_request_error', param }),
    );
  });
});
