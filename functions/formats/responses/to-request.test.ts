import { describe, expect, test } from '@jest/globals';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { type Capability, capabilities, type ReasoningRules } from '../../core/endpoints/endpoint.ts';
import type { RequestRules } from '../../core/endpoints/request-rules.ts';
import { chatRequestSchema } from '../pivot/chat-request.ts';
import { responsesFormat } from './format.ts';

interface Setting {
  unknown?: RequestRules['unknown'];
  reasoning?: Partial<ReasoningRules>;
  without?: readonly Capability[];
}

const issuer = 'openai-responses-v1';
const hello = { role: 'user', content: 'Hello' };

function bodyOf(fields: object, { unknown = 'drop', reasoning = {}, without = [] }: Setting = {}) {
  const raw = { model: 'm', messages: [hello], ...fields };
  const endpoint = makeEndpoint({
    format: 'responses',
    capabilities: new Set(capabilities.filter((capability) => !without.includes(capability))),
    request: { set: {}, drop: [], rename: {}, roles: {}, unknown },
    reasoning: { send: 'effort', field: null, replay: 'signed', issuer, ...reasoning },
  });
  return responsesFormat.request({ chat: chatRequestSchema.parse(raw), raw, maxOutputTokens: 10_000 }, endpoint).body;
}

const inputOf = (messages: object[], setting: Setting = {}) => bodyOf({ messages }, setting).input;
const least = {
  model: 'acme-large',
  input: [hello],
  max_output_tokens: 10_000,
  store: false,
  include: ['reasoning.encrypted_content'],
};

test('the least request stores nothing and asks for reasoning that can come back', () =>
  expect(bodyOf({})).toEqual(least));

test('a model without reasoning is not asked for any', () => {
  const { include: _, ...rest } = least;
  expect(bodyOf({ reasoning_effort: 'low' }, { without: ['reasoning'] })).toEqual(rest);
});

test('a stream is asked for, without chat’s options', () =>
  expect(bodyOf({ stream: true, stream_options: { include_usage: true } })).toEqual({ ...least, stream: true }));

test('what the API has another name for', () =>
  expect(
    bodyOf({ temperature: 0, top_p: 0.5, user: 'u', metadata: { a: 'b' }, verbosity: 'low', max_tokens: 7 }),
  ).toEqual({
    ...least,
    temperature: 0,
    top_p: 0.5,
    user: 'u',
    metadata: { a: 'b' },
    text: { verbosity: 'low' },
  }));

test('log probabilities have to be included', () =>
  expect(bodyOf({ logprobs: true, top_logprobs: 3 })).toEqual({
    ...least,
    include: ['reasoning.encrypted_content', 'message.output_text.logprobs'],
    top_logprobs: 3,
  }));

test('what the API has nothing like is dropped, and so is what the router owns', () =>
  expect(
    bodyOf(
      {
        frequency_penalty: 1,
        presence_penalty: 1,
        repetition_penalty: 1,
        seed: 1,
        top_k: 1,
        min_p: 0.1,
        logit_bias: { 1: 1 },
        stop: ['x'],
        n: 1,
        service_tier: 'auto',
        models: ['a'],
        provider: {},
        session_id: 's',
        timeout: 1,
        mood: 'x',
        reasoning: { exclude: true },
      },
      { unknown: 'pass' },
    ),
  ).toEqual(least));

test('sampling is dropped where the model refuses it', () =>
  expect(bodyOf({ temperature: 0, top_p: 1 }, { without: ['sampling'] })).toEqual(least));

test('fields that both of OpenAI’s APIs have pass where unknown ones do', () => {
  const shared = { prompt_cache_key: 'k', safety_identifier: 's' };
  expect(bodyOf(shared, { unknown: 'pass' })).toEqual({ ...least, ...shared });
  expect(bodyOf(shared)).toEqual(least);
});

test.each([
  [{ n: 2 }, 'n'],
  [{ modalities: ['audio'] }, 'modalities'],
  [
    { messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'f' } }] }] },
    'messages.0.content.0.file.file_id',
  ],
  [
    { messages: [hello, { role: 'user', content: [{ type: 'video_url', video_url: { url: 'u' } }] }] },
    'messages.1.content.0.video_url',
  ],
  [
    { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'x', format: 'wav' } }] }] },
    'messages.0.content.0.input_audio',
  ],
])('%j cannot be said, and ignored would change the answer', (fields, param) =>
  expect(() => bodyOf(fields)).toThrow(expect.objectContaining({ code: 'model_capability_not_supported', param })),
);

describe('reasoning', () => {
  test.each([
    [{ reasoning_effort: 'low' }, { effort: 'low', summary: 'auto' }],
    [{ reasoning: { effort: 'max' } }, { effort: 'xhigh', summary: 'auto' }],
    [{ reasoning: { max_tokens: 1_500 } }, { effort: 'low', summary: 'auto' }],
    [{ reasoning: { enabled: true, exclude: true } }, { effort: 'medium' }],
    [{ reasoning: { effort: 'none' } }, { effort: 'none' }],
  ])('%j is %j', (fields, reasoning) => expect(bodyOf(fields)).toEqual({ ...least, reasoning }));
});

describe('the form of the answer', () => {
  const schema = { type: 'object', properties: {} };
  const closed = { ...schema, additionalProperties: false };

  test.each([
    [{ type: 'json_object' }, { type: 'json_object' }],
    [
      { type: 'json_schema', json_schema: { name: 'n', schema, strict: true, description: 'd' } },
      { type: 'json_schema', name: 'n', schema: closed, strict: true, description: 'd' },
    ],
    [
      { type: 'json_schema', json_schema: { name: 'n' } },
      { type: 'json_schema', name: 'n', schema: {}, strict: false },
    ],
  ])('%j is %j', (response_format, format) =>
    expect(bodyOf({ response_format })).toEqual({ ...least, text: { format } }),
  );

  test('is not spoken of where it is text', () => expect(bodyOf({ response_format: { type: 'text' } })).toEqual(least));
});

describe('tools', () => {
  const parameters = { type: 'object', properties: {} };
  const closed = { ...parameters, additionalProperties: false };

  test('are flat, and strict only where the caller said so: this API’s default is the opposite of chat’s', () =>
    expect(
      bodyOf({
        tools: [
          { type: 'function', function: { name: 'f', description: 'd', parameters, strict: true } },
          { type: 'function', function: { name: 'g' }, cache_control: { type: 'ephemeral' } },
        ],
        tool_choice: { type: 'function', function: { name: 'f' } },
        parallel_tool_calls: false,
      }),
    ).toEqual({
      ...least,
      tools: [
        { type: 'function', name: 'f', description: 'd', parameters: closed, strict: true },
        { type: 'function', name: 'g', parameters: closed, strict: false },
      ],
      tool_choice: { type: 'function', name: 'f' },
      parallel_tool_calls: false,
    }));

  test.each(['auto', 'none', 'required'])('the choice %s stays', (tool_choice) =>
    expect(bodyOf({ tools: [{ type: 'function', function: { name: 'f' } }], tool_choice })).toMatchObject({
      tool_choice,
    }),
  );

  test('that are empty are not spoken of', () => expect(bodyOf({ tools: [], tool_choice: 'auto' })).toEqual(least));
});

describe('messages', () => {
  test('of system and developer stay in their place and role', () => {
    const messages = [{ role: 'system', content: 'S' }, hello, { role: 'developer', content: 'D' }];
    expect(inputOf(messages)).toEqual(messages);
    expect(inputOf([{ role: 'system', content: [{ type: 'text', text: 'S' }] }])).toEqual([
      { role: 'system', content: [{ type: 'input_text', text: 'S' }] },
    ]);
  });

  test('of the user keep their parts in order', () => {
    const pdf = 'data:application/pdf;base64,AAAA';
    expect(
      inputOf([
        {
          role: 'user',
          name: 'Ann',
          content: [
            { type: 'text', text: 'T', cache_control: { type: 'ephemeral' } },
            { type: 'image_url', image_url: { url: 'https://e.org/a.png', detail: 'low' } },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
            { type: 'file', file: { file_data: pdf } },
            { type: 'file', file: { filename: 'a.pdf', file_data: pdf } },
            { type: 'file', file: { file_data: 'https://e.org/a.pdf' } },
          ],
        },
      ]),
    ).toEqual([
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'T' },
          { type: 'input_image', image_url: 'https://e.org/a.png', detail: 'low' },
          { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'auto' },
          { type: 'input_file', filename: 'file.pdf', file_data: pdf },
          { type: 'input_file', filename: 'a.pdf', file_data: pdf },
          { type: 'input_file', file_url: 'https://e.org/a.pdf' },
        ],
      },
    ]);
  });

  test('of the assistant are what it said, refusals too; an empty one is none', () =>
    expect(
      inputOf([hello, { role: 'assistant', content: 'A', refusal: 'No.' }, { role: 'assistant', content: '' }, hello]),
    ).toEqual([
      hello,
      {
        type: 'message',
        role: 'assistant',
        content: [
          { type: 'output_text', text: 'A' },
          { type: 'refusal', refusal: 'No.' },
        ],
      },
      hello,
    ]));

  test('with calls and results become items, images after all results', () => {
    const call = (id: string, args: string) => ({
      id,
      type: 'function',
      function: { name: `f${id}`, arguments: args },
    });
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
    expect(
      inputOf([
        { role: 'assistant', tool_calls: [call('a', '{"x":1}'), call('b', '')] },
        { role: 'tool', tool_call_id: 'b', content: 'second' },
        { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'first' }, image] },
      ]),
    ).toEqual([
      { type: 'function_call', call_id: 'a', name: 'fa', arguments: '{"x":1}' },
      { type: 'function_call', call_id: 'b', name: 'fb', arguments: '{}' },
      { type: 'function_call_output', call_id: 'a', output: 'first' },
      { type: 'function_call_output', call_id: 'b', output: 'second' },
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'Image returned by fa (call a):' },
          { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'auto' },
        ],
      },
    ]);
  });
});

describe('earlier reasoning', () => {
  const encrypted = { type: 'reasoning.encrypted', data: 'e', id: 'rs_1', format: issuer, index: 0 };
  const summary = { type: 'reasoning.summary', summary: 'S', id: 'rs_1', format: issuer, index: 0 };
  const replay = (details: object[], setting: Setting = {}, content = 'A') =>
    (inputOf([hello, { role: 'assistant', content, reasoning_details: details }, hello], setting) as object[])
      .slice(1, -1)
      .filter((item) => (item as { type?: string }).type !== 'message');
  const item = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'e' };

  test('goes back with its summary', () =>
    expect(replay([summary, encrypted])).toEqual([{ ...item, summary: [{ type: 'summary_text', text: 'S' }] }]));

  test('goes back with its text, whose issuer may check it', () =>
    expect(replay([{ type: 'reasoning.text', text: 'T', format: issuer, index: 0 }, encrypted])).toEqual([
      { ...item, content: [{ type: 'reasoning_text', text: 'T' }] },
    ]));

  test.each([
    ['of another issuer', [{ ...encrypted, format: 'xai-responses-v1' }], {}],
    ['of nobody in particular', [{ ...encrypted, format: null }], {}],
    ['without its encrypted content: nothing is stored by its id', [summary], {}],
    ['where the endpoint never takes it', [encrypted], { reasoning: { replay: 'never' } }],
  ] as const)('%s stays here', (_, details, setting) => expect(replay([...details], setting)).toEqual([]));

  test('that nothing follows stays here, since the API refuses it', () =>
    expect(replay([encrypted], {}, '')).toEqual([]));

  test('that is left alone behind a call goes before it: its client lost what told its place', () => {
    const called = { id: 'call_1', type: 'function', function: { name: 'now', arguments: '{}' } };
    const message = { role: 'assistant', content: null, tool_calls: [called] };
    const result = { role: 'tool', tool_call_id: 'call_1', content: 'noon' };
    const typesOf = (details: object[]) =>
      (inputOf([hello, { ...message, reasoning_details: details }, result]) as { type?: string }[])
        .map(({ type }) => type)
        .slice(1);
    const around = ['reasoning', 'function_call', 'function_call_output'];
    expect(typesOf([{ ...encrypted, index: 1 }])).toEqual(around);
    // Where another one has its place, this one was cut off.
    expect(typesOf([encrypted, { ...encrypted, id: 'rs_2', index: 2 }])).toEqual(around);
  });

  test('is told apart by its ids where a client lost the positions', () => {
    const { index: _, ...first } = encrypted;
    expect(replay([first, { ...first, id: 'rs_2', data: 'f' }])).toEqual([
      item,
      { ...item, id: 'rs_2', encrypted_content: 'f' },
    ]);
  });

  test('goes back without its id where a client lost that', () => {
    const { id: _, ...rest } = item;
    expect(replay([{ ...encrypted, id: null }])).toEqual([rest]);
  });
});
