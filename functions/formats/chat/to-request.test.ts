import { describe, expect, test } from '@jest/globals';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { type Capability, capabilities, type ReasoningRules } from '../../core/endpoints/endpoint.ts';
import type { RequestRules } from '../../core/endpoints/request-rules.ts';
import { chatRequestSchema } from '../pivot/chat-request.ts';
import { chatFormat } from './format.ts';

interface Setting {
  request?: Partial<RequestRules>;
  reasoning?: Partial<ReasoningRules>;
  without?: readonly Capability[];
}

const hello = { role: 'user', content: 'Hello' };

function bodyOf(fields: object, { request = {}, reasoning = {}, without = [] }: Setting = {}): Record<string, unknown> {
  const raw = { model: 'm', messages: [hello], ...fields };
  const endpoint = makeEndpoint({
    capabilities: new Set(capabilities.filter((capability) => !without.includes(capability))),
    request,
    reasoning: { send: 'effort', field: null, replay: 'signed', issuer: 'unknown', ...reasoning },
  });
  return chatFormat.request({ chat: chatRequestSchema.parse(raw), raw, maxOutputTokens: 10_000 }, endpoint).body;
}

const messagesOf = (messages: object[], setting: Setting = {}) => bodyOf({ messages }, setting).messages;
const pass: Setting = { request: { unknown: 'pass', systemContent: 'parts', messageFields: ['name', 'refusal'] } };
const plain = { model: 'acme-large', messages: [hello], max_tokens: 10_000 };

test('the least request names the upstream’s model and the limit', () => expect(bodyOf({})).toEqual(plain));

test('a limit is never sent under two names', () =>
  expect(bodyOf({ max_tokens: 5, max_completion_tokens: 5 }, pass)).toEqual(plain));

test('a stream asks for its usage, whatever the caller asked', () =>
  expect(bodyOf({ stream: true, stream_options: { include_usage: false } }, pass)).toEqual({
    ...plain,
    stream: true,
    stream_options: { include_usage: true },
  }));

const routerOwned = {
  models: ['a/b'],
  provider: { order: ['x'] },
  weight_profile: 'balanced',
  template: 't',
  variables: { a: 1 },
  session_id: 's',
  timeout: 3,
  route: 'fallback',
  transforms: [],
  plugins: [],
  usage: { include: true },
  reasoning: { exclude: true },
  include_reasoning: true,
  cache_control: { type: 'ephemeral' },
  service_tier: 'auto',
  modalities: ['text'],
  metadata: { a: 'b' },
};

test.each([pass, {}])('nothing that the router owns reaches an upstream: %j', (setting) =>
  expect(bodyOf(routerOwned, setting)).toEqual(plain),
);

describe('nothing is stored in the router’s account', () => {
  test.each([true, false])('and a caller who says store: %j gets that said to the provider', (store) =>
    expect(bodyOf({ store }, pass)).toEqual({ ...plain, store: false }),
  );

  test.each([
    [{}, pass],
    [{ store: null }, pass],
    [{ store: true }, {}],
  ])('but it is not spoken of to others: %j %j', (fields, setting) => expect(bodyOf(fields, setting)).toEqual(plain));
});

describe('fields that the router does not know', () => {
  const unknown = {
    prompt_cache_key: 'k',
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi', mood: 1 }], mood: 2 }],
    tools: [{ type: 'function', function: { name: 'f', mood: 3 }, mood: 4 }],
    response_format: { type: 'json_object', mood: 5 },
  };

  test('pass where the endpoint takes them, nested ones included', () =>
    expect(bodyOf(unknown, pass)).toEqual({ ...plain, ...unknown }));

  test('are dropped elsewhere, nested ones included', () =>
    expect(bodyOf(unknown)).toEqual({
      ...plain,
      messages: [{ role: 'user', content: 'Hi' }],
      tools: [{ type: 'function', function: { name: 'f' } }],
      response_format: { type: 'json_object' },
    }));

  test('are not taken from a body that is no chat request', () => {
    const chat = chatRequestSchema.parse({ model: 'm', messages: [hello], temperature: 1 });
    const endpoint = makeEndpoint({ request: { set: {}, drop: [], rename: {}, roles: {}, unknown: 'pass' } });
    const { body } = chatFormat.request({ chat, raw: { input: 'Hello' }, maxOutputTokens: 10_000 }, endpoint);
    expect(body).toEqual({ ...plain, temperature: 1 });
  });

  test('never change the caller’s own body', () => {
    const raw = {
      model: 'm',
      messages: [
        { ...hello, reasoning: 'x' },
        { role: 'assistant', tool_calls: null },
      ],
    };
    const before = structuredClone(raw);
    bodyOf(raw, pass);
    expect(raw).toEqual(before);
  });
});

describe('what an endpoint cannot do is dropped', () => {
  const all = {
    temperature: 0,
    top_p: 1,
    top_k: 5,
    min_p: 0.1,
    frequency_penalty: 1,
    presence_penalty: 0,
    repetition_penalty: 1.1,
    seed: 0,
    stop: ['x'],
  };

  test.each([pass, {}])('and everything else is sent, zeros too: %j', (setting) =>
    expect(bodyOf(all, setting)).toEqual({ ...plain, ...all }),
  );

  test.each([
    ['sampling', ['temperature', 'top_p', 'top_k', 'min_p']],
    ['penalties', ['frequency_penalty', 'presence_penalty', 'repetition_penalty']],
    ['seed', ['seed']],
    ['stop', ['stop']],
  ] as const)('without %s', (capability, gone) => {
    const left = Object.fromEntries(
      Object.entries(all).filter(([field]) => !(gone as readonly string[]).includes(field)),
    );
    expect(bodyOf(all, { without: [capability] })).toEqual({ ...plain, ...left });
    expect(bodyOf(all, { ...pass, without: [capability] })).toEqual({ ...plain, ...left });
  });

  test('but never several choices or log probabilities, which a caller would miss', () => {
    const fields = { n: 2, logprobs: true, top_logprobs: 1 };
    expect(bodyOf(fields, { without: ['n', 'logprobs'] })).toEqual({ ...plain, ...fields });
  });

  test.each([
    { temperature: null, stop: null, tools: null, response_format: null, logit_bias: null },
    { n: 1, logprobs: false, stop: [], top_k: 0, user: '', stream: false },
    { tools: [], tool_choice: 'auto', parallel_tool_calls: true },
  ])('and so is what says nothing: %j', (fields) => {
    expect(bodyOf(fields)).toEqual(plain);
    expect(bodyOf(fields, pass)).toEqual(plain);
  });
});

describe('tools', () => {
  const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object' }, strict: true } }];

  test('pass as they are, without cache markers and nulls', () => {
    const marked = [
      {
        ...tools[0],
        function: { ...tools[0]?.function, description: null },
        cache_control: { type: 'ephemeral' },
      },
    ];
    const choice = { tool_choice: { type: 'function', function: { name: 'f' } }, parallel_tool_calls: false };
    expect(bodyOf({ tools: marked, ...choice })).toEqual({ ...plain, tools, ...choice });
    expect(bodyOf({ tools: marked, ...choice }, pass)).toEqual({ ...plain, tools, ...choice });
  });

  test('that are forced but absent are the caller’s mistake', () =>
    expect(() => bodyOf({ tool_choice: 'required' })).toThrow(
      expect.objectContaining({ code: 'invalid_request_error', param: 'tool_choice' }),
    ));

  test('keep a parameter that is called like a cache marker', () => {
    const parameters = { type: 'object', properties: { cache_control: { type: 'string' } } };
    const named = [{ type: 'function', function: { name: 'f', parameters } }];
    expect(bodyOf({ tools: named }, pass).tools).toEqual(named);
  });
});

describe('reasoning', () => {
  test.each([
    [{ reasoning_effort: 'low' }, 'low'],
    [{ reasoning: { effort: 'high' }, reasoning_effort: 'low' }, 'high'],
    [{ reasoning: { effort: 'max' } }, 'high'],
    [{ reasoning_effort: 'minimal' }, 'low'],
    [{ reasoning: { enabled: true } }, 'medium'],
    [{ reasoning: { max_tokens: 1_500 } }, 'low'],
    [{ reasoning: { enabled: false } }, 'none'],
    [{ reasoning_effort: 'none' }, 'none'],
  ])('%j is the effort %s', (fields, effort) => {
    expect(bodyOf(fields)).toEqual({ ...plain, reasoning_effort: effort });
    expect(bodyOf(fields, pass)).toEqual({ ...plain, reasoning_effort: effort });
  });

  test('is not spoken of where the caller does not', () => expect(bodyOf({ reasoning: {} })).toEqual(plain));

  test('is not asked of a model without any', () =>
    expect(bodyOf({ reasoning_effort: 'low' }, { ...pass, without: ['reasoning'] })).toEqual(plain));

  test.each([
    [{ reasoning: { max_tokens: 2_000 } }, { thinking: { type: 'enabled', budget_tokens: 2_000 } }],
    [{ reasoning_effort: 'low' }, { thinking: { type: 'enabled', budget_tokens: 2_000 } }],
    [{ reasoning_effort: 'none' }, { thinking: { type: 'disabled' } }],
  ])('%j by budget is %j', (fields, sent) =>
    expect(bodyOf(fields, { reasoning: { send: 'budget' } })).toEqual({ ...plain, ...sent }),
  );
});

describe('messages', () => {
  test('change roles by the endpoint’s rule', () =>
    expect(
      messagesOf([{ role: 'developer', content: 'Be brief.' }, hello], { request: { roles: { developer: 'system' } } }),
    ).toEqual([{ role: 'system', content: 'Be brief.' }, hello]));

  test.each([pass, {}])('lose cache markers, nulls and empty lists, names stay: %j', (setting) => {
    const cache_control = { type: 'ephemeral' };
    const image = { url: 'https://example.com/a.png' };
    expect(
      messagesOf(
        [
          { role: 'system', content: [{ type: 'text', text: 'S', cache_control }] },
          {
            role: 'user',
            name: 'Ann',
            content: [{ type: 'image_url', image_url: { ...image, detail: null }, cache_control }],
          },
          { role: 'assistant', content: 'A', tool_calls: [], refusal: null },
          { role: 'assistant', content: null, tool_calls: null },
        ],
        setting,
      ),
    ).toEqual([
      { role: 'system', content: setting === pass ? [{ type: 'text', text: 'S' }] : 'S' },
      { role: 'user', name: 'Ann', content: [{ type: 'image_url', image_url: image }] },
      { role: 'assistant', content: 'A' },
    ]);
  });

  test('lose cache markers wherever callers put them', () => {
    const cache_control = { type: 'ephemeral' };
    const call = { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } };
    const messages = [
      { role: 'system', content: 'S' },
      hello,
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'a', content: 'x' },
    ];
    const tools = [{ type: 'function', function: { name: 'f' } }];
    const marked = {
      messages: messages.map((message) => ({
        ...message,
        cache_control,
        ...('tool_calls' in message ? { tool_calls: [{ ...call, cache_control }] } : {}),
      })),
      tools: [{ type: 'function', function: { name: 'f', cache_control } }],
    };
    expect(bodyOf(marked, pass)).toEqual({ ...plain, messages, tools });
  });

  test.each([pass, {}])('with a file stored at the provider are refused: it may be anybody’s: %j', (setting) =>
    expect(() => messagesOf([{ role: 'user', content: [{ type: 'file', file: { file_id: 'f' } }] }], setting)).toThrow(
      expect.objectContaining({ code: 'model_capability_not_supported', param: 'messages.0.content.0.file.file_id' }),
    ),
  );
});

describe('results of tools', () => {
  const call = (id: string, name: string) => ({ id, type: 'function', function: { name, arguments: '{}' } });
  const calls = { role: 'assistant', content: null, tool_calls: [call('a', 'shot'), call('b', 'text')] };
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
  const result = (id: string, content: unknown) => ({ role: 'tool', tool_call_id: id, content });

  test.each([pass, {}])('with images keep their text; the images follow after all results: %j', (setting) =>
    expect(
      messagesOf(
        [
          hello,
          calls,
          result('a', [
            { type: 'text', text: 'one' },
            { ...image, cache_control: { type: 'ephemeral' } },
            { type: 'text', text: 'two' },
          ]),
          { ...result('b', 'three'), cache_control: { type: 'ephemeral' } },
          { role: 'user', content: 'And?' },
        ],
        setting,
      ),
    ).toEqual([
      hello,
      calls,
      result('a', 'one\ntwo'),
      result('b', 'three'),
      { role: 'user', content: [{ type: 'text', text: 'Image returned by shot (call a):' }, image] },
      { role: 'user', content: 'And?' },
    ]),
  );

  test('at the end of the conversation show their images too', () =>
    expect(messagesOf([calls, result('a', [image]), result('b', 'x')])).toEqual([
      calls,
      result('a', ''),
      result('b', 'x'),
      { role: 'user', content: [{ type: 'text', text: 'Image returned by shot (call a):' }, image] },
    ]));

  test.each([
    ['is missing', [calls, result('a', 'x')]],
    ['is missing before the next turn', [calls, result('a', 'x'), hello, result('b', 'y')]],
    ['is given twice', [calls, result('a', 'x'), result('b', 'y'), result('b', 'z')]],
    ['answers no call', [hello, result('a', 'x')]],
  ])('are the caller’s mistake where one %s, also for providers that would take it', (_, messages) => {
    for (const setting of [pass, {}]) {
      expect(() => messagesOf(messages, setting)).toThrow(expect.objectContaining({ code: 'invalid_request_error' }));
    }
  });

  test('stay in the order in which they came', () => {
    const given = [calls, result('b', 'y'), result('a', 'x')];
    expect(messagesOf(given, pass)).toEqual(given);
  });

  test('signatures of calls stay here', () =>
    expect(
      messagesOf([{ ...calls, tool_calls: [{ ...call('a', 'f'), thought_signature: 's' }] }, result('a', 'x')], pass),
    ).toEqual([{ ...calls, tool_calls: [call('a', 'f')] }, result('a', 'x')]));

  test('signatures as Google’s own API has them go to whoever serves Gemini, and to nobody else', () => {
    const extra_content = { google: { thought_signature: 's' } };
    const given = [{ ...calls, extra_content, tool_calls: [{ ...call('a', 'f'), extra_content }] }, result('a', 'x')];
    const stripped = [{ ...calls, tool_calls: [call('a', 'f')] }, result('a', 'x')];
    const reasoning = { issuer: 'google-gemini-v1' } as const;
    for (const setting of [pass, {}]) {
      expect(messagesOf(given, { ...setting, reasoning })).toEqual(given);
      expect(messagesOf(given, setting)).toEqual(stripped);
    }
  });
});

describe('earlier reasoning', () => {
  const detail = (text: string, format: string) => ({ type: 'reasoning.text', text, format, index: 0 });
  const said = (fields: object) => ({ role: 'assistant', content: 'A', ...fields });
  const replay = (fields: object, reasoning: Partial<ReasoningRules>) =>
    (messagesOf([hello, said(fields)], { ...pass, reasoning }) as object[])[1];
  const always = { field: 'reasoning_content', replay: 'always' } as const;

  test.each([
    [{ reasoning: 'Hm.' }, { reasoning_content: 'Hm.' }],
    [{ reasoning_content: 'Hm.' }, { reasoning_content: 'Hm.' }],
    [{ reasoning: '', reasoning_content: 'Hm.' }, { reasoning_content: 'Hm.' }],
    [{ reasoning: 'Hm.', reasoning_details: [{ type: 'reasoning.text', text: 'Hm.' }] }, { reasoning_content: 'Hm.' }],
    [{ reasoning_details: [detail('H', 'unknown'), detail('m.', 'unknown')] }, { reasoning_content: 'Hm.' }],
    [{ reasoning: 'Hm.', reasoning_details: [detail('Hm.', 'anthropic-claude-v1')] }, {}],
    [{}, {}],
  ])('%j goes back as %j where it always does', (fields, sent) => expect(replay(fields, always)).toEqual(said(sent)));

  const everything = { reasoning: 'Hm.', reasoning_content: 'Hm.', reasoning_details: [detail('Hm.', 'unknown')] };

  test.each([
    { field: 'reasoning_content', replay: 'never' },
    { field: 'reasoning_content', replay: 'signed' },
    { field: 'reasoning_details', replay: 'never' },
    { field: null, replay: 'always' },
  ] as const)('stays here with %j', (rules) => expect(replay(everything, rules)).toEqual(said({})));

  test('goes back as details of the same issuer to an endpoint that speaks those', () => {
    const own = { ...detail('Hm.', 'anthropic-claude-v1'), signature: 's' };
    const rules = { field: 'reasoning_details', replay: 'signed', issuer: 'anthropic-claude-v1' } as const;
    expect(replay({ reasoning_details: [own, detail('x', 'unknown')] }, rules)).toEqual(
      said({ reasoning_details: [own] }),
    );
  });
});

describe('what a provider takes', () => {
  const call = { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } };
  const calls = { role: 'assistant', content: null, tool_calls: [call] };
  const result = { role: 'tool', tool_call_id: 'a', content: 'x' };
  const texts = [
    { type: 'text', text: 'Be brief.' },
    { type: 'text', text: 'Be kind.' },
  ];
  const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } };

  test('the limit has the name that it goes by', () => {
    const { max_tokens, ...others } = plain;
    expect(bodyOf({}, { request: { maxTokens: 'max_completion_tokens' } })).toEqual({
      ...others,
      max_completion_tokens: max_tokens,
    });
  });

  test('a usage is not asked for where the question is refused', () =>
    expect(bodyOf({ stream: true }, { request: { streamOptions: [] } })).toEqual({ ...plain, stream: true }));

  test('one text for several, where nothing but text is said', () => {
    const messages = [
      { role: 'system', content: texts },
      { role: 'user', content: texts },
      { role: 'assistant', content: texts },
      { role: 'user', content: [...texts, image] },
    ];
    expect(messagesOf(messages)).toEqual([
      { role: 'system', content: 'Be brief.\nBe kind.' },
      { role: 'user', content: 'Be brief.\nBe kind.' },
      { role: 'assistant', content: 'Be brief.\nBe kind.' },
      messages[3],
    ]);
    expect(messagesOf(messages, pass)).toEqual(messages);
  });

  test('names of messages, or none', () => {
    const named = { role: 'user', content: 'Hello', name: 'Ann' };
    expect(messagesOf([named])).toEqual([named]);
    expect(messagesOf([named], { request: { messageFields: [] } })).toEqual([hello]);
  });

  test.each([
    [{ content: null, refusal: 'No.' }, { content: 'No.' }],
    [{ content: 'So: ', refusal: 'No.' }, { content: 'So: \nNo.' }],
    [{ content: [{ type: 'refusal', refusal: 'No.' }] }, { content: 'No.' }],
  ])('refusals, or else what was said: %j', (given, said) => {
    const message = { role: 'assistant', ...given };
    expect(messagesOf([hello, message])).toEqual([hello, { role: 'assistant', ...said }]);
    expect(messagesOf([hello, message], pass)).toEqual([hello, message]);
  });

  test('turns in its order, also where an image of a result makes one', () => {
    const rules: Setting = { request: { rolesAfterTool: ['assistant', 'tool'] } };
    const between = { role: 'assistant', content: 'I have the results.' };
    expect(messagesOf([calls, result, hello], rules)).toEqual([calls, result, between, hello]);
    expect(messagesOf([calls, result, { role: 'assistant', content: 'A' }, hello], rules)).toEqual([
      calls,
      result,
      { role: 'assistant', content: 'A' },
      hello,
    ]);
    const shown = messagesOf([calls, { ...result, content: [image] }], rules) as { role: string }[];
    expect(shown.map(({ role }) => role)).toEqual(['assistant', 'tool', 'assistant', 'user']);
    expect(messagesOf([calls, result, hello])).toEqual([calls, result, hello]);
  });

  test('a last message that it goes on with, where that has to be said', () => {
    const rules: Setting = { request: { messageFields: ['prefix'] } };
    const begun = { role: 'assistant', content: 'It is' };
    expect(messagesOf([hello, begun], rules)).toEqual([hello, { ...begun, prefix: true }]);
    expect(messagesOf([hello, begun, hello], rules)).toEqual([hello, begun, hello]);
    expect(messagesOf([hello, begun])).toEqual([hello, begun]);
  });

  test('a name of a message without what OpenAI forbids', () =>
    expect(messagesOf([{ ...hello, name: `A <b|c\\d/>${'x'.repeat(70)}` }])).toEqual([
      { ...hello, name: `A__b_c_d__${'x'.repeat(54)}` },
    ]));

  test('no turn that says nothing, but where there is no other', () => {
    const empty = { role: 'assistant', content: null };
    expect(messagesOf([hello, empty, hello])).toEqual([hello, hello]);
    expect(messagesOf([empty])).toEqual([{ role: 'assistant', content: '' }]);
  });

  test('the newer role by its older name, and the system only at the start, where that is all it knows', () => {
    const rule = { role: 'developer', content: 'Be brief.' };
    const messages = [rule, hello, { role: 'assistant', content: 'A' }, rule];
    const system = { ...rule, role: 'system' };
    expect(messagesOf(messages)).toEqual([system, hello, messages[2], system]);
    expect(messagesOf([rule], { request: { lateSystem: 'user' } })).toEqual([{ ...rule, role: 'user' }]);
    expect(messagesOf(messages, { request: { lateSystem: 'user' } })).toEqual([
      system,
      hello,
      messages[2],
      { ...rule, role: 'user' },
    ]);
    expect(messagesOf(messages, { request: { ...pass.request, roles: {} } })).toEqual(messages);
  });

  test('a forced call or thinking, where it cannot do both', () => {
    const tools = [{ type: 'function', function: { name: 'f' } }];
    const off = { thinking: { type: 'disabled' } };
    const setting: Setting = { reasoning: { thinkingOff: off } };
    for (const tool_choice of ['required', { type: 'function', function: { name: 'f' } }]) {
      expect(bodyOf({ tools, tool_choice, reasoning_effort: 'high' }, setting)).toMatchObject(off);
      expect(bodyOf({ tools, tool_choice }, setting)).toMatchObject(off);
      expect(bodyOf({ tools, tool_choice })).not.toHaveProperty('thinking');
    }
    expect(bodyOf({ tools, tool_choice: 'auto' }, setting)).not.toHaveProperty('thinking');
  });

  test('strict tools, or the same tools', () => {
    const tools = [{ type: 'function', function: { name: 'f', strict: true } }];
    expect(bodyOf({ tools }, { without: ['json_schema'] }).tools).toEqual([
      { type: 'function', function: { name: 'f' } },
    ]);
  });

  test('a stop as a list, which all of them take', () =>
    expect(bodyOf({ stop: 'x' })).toEqual({ ...plain, stop: ['x'] }));

  const thinkingOff = { thinking: { type: 'disabled' } };
  test.each([
    [{ reasoning_effort: 'none' }, { thinkingOff }, thinkingOff],
    [{ reasoning: { enabled: false } }, { thinkingOff }, thinkingOff],
    [{ reasoning_effort: 'high' }, { thinkingOff, effortLevels: [] }, {}],
    [{ reasoning_effort: 'none' }, { effortLevels: ['low', 'high'] }, { reasoning_effort: 'low' }],
    [{ reasoning_effort: 'xhigh' }, { effortLevels: ['low', 'high', 'max'] }, { reasoning_effort: 'high' }],
    [{ reasoning_effort: 'max' }, { effortLevels: ['low', 'high', 'max'] }, { reasoning_effort: 'max' }],
  ] as const)('%j with %j is %j', (fields, reasoning, sent) =>
    expect(bodyOf(fields, { reasoning })).toEqual({ ...plain, ...sent }),
  );

  test('reasoning beside calls always, empty where a client lost it', () => {
    const always: Setting = { reasoning: { field: 'reasoning_content', replay: 'always' } };
    const foreign = [{ type: 'reasoning.text', text: 'Hm.', format: 'anthropic-claude-v1' }];
    const lost = { ...calls, reasoning_content: '' };
    expect(messagesOf([calls, result], always)).toEqual([lost, result]);
    expect(messagesOf([{ ...calls, reasoning_details: foreign }, result], always)).toEqual([lost, result]);
    expect(messagesOf([{ ...calls, reasoning: 'Hm.' }, result], always)).toEqual([
      { ...calls, reasoning_content: 'Hm.' },
      result,
    ]);
    expect(messagesOf([calls, result])).toEqual([calls, result]);
  });

  test('schemas in a draft that it knows', () => {
    const tool = (parameters: object) => ({ type: 'function', function: { name: 'f', parameters } });
    const old = { type: 'object', properties: { p: { type: 'array', items: [{ type: 'number' }] } } };
    const now = { type: 'object', properties: { p: { type: 'array', prefixItems: [{ type: 'number' }] } } };
    for (const setting of [pass, {}]) expect(bodyOf({ tools: [tool(old)] }, setting).tools).toEqual([tool(now)]);
  });
});
