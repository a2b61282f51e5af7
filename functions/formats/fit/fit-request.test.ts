import { describe, expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import { type EndpointChanges, makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { takesText } from '../../core/endpoints/request-rules.ts';
import { type AssistantMessage, chatRequestSchema, type ToolMessage } from '../pivot/chat-request.ts';
import { fitRequest, missedFields, toolNamesOf } from './fit-request.ts';
import { restoreChunk, restoreCompletion } from './restore-names.ts';

const hello = { role: 'user', content: 'Hello' };
const call = (id: string, args: unknown = '{}', name = 'f') => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});
const turn = (...calls: object[]) => ({ role: 'assistant', content: null, tool_calls: calls });
const result = (id: string, content: unknown = 'x') => ({ role: 'tool', tool_call_id: id, content });

function fit(fields: object, changes: EndpointChanges = {}) {
  const raw = { model: 'm', messages: [hello], ...fields };
  const parsed = { chat: chatRequestSchema.parse(raw), raw, maxOutputTokens: 100 };
  return fitRequest(parsed, makeEndpoint(changes));
}

/** Ids of calls and of results, in their order. */
function idsOf(messages: object[], changes: EndpointChanges = {}) {
  const fitted = fit({ messages }, changes).chat.messages;
  return {
    calls: fitted.flatMap((message) => (message as AssistantMessage).tool_calls?.map(({ id }) => id) ?? []),
    results: fitted.flatMap((message) => (message as ToolMessage).tool_call_id ?? []),
  };
}

const mistral = { request: { toolIds: { pattern: '^[a-zA-Z0-9]{9}$', max: 9 } } };

describe('ids of calls', () => {
  test('stay where they are taken', () => {
    const messages = [turn(call('abcdefghi'), call('a:1')), result('abcdefghi'), result('a:1')];
    expect(idsOf(messages)).toEqual({ calls: ['abcdefghi', 'a:1'], results: ['abcdefghi', 'a:1'] });
    expect(idsOf([turn(call('abcdefghi')), result('abcdefghi')], mistral).calls).toEqual(['abcdefghi']);
  });

  test('become what the provider takes, the same for a call and its result, others for others', () => {
    const ids = [
      'call_AbCdEfGh0123456789xyzABC',
      'call_AbCdEfGh0123456789xyzABD',
      'functions.look:0',
      'functions.look:1',
    ];
    const { calls, results } = idsOf([turn(...ids.map((id) => call(id))), ...ids.map((id) => result(id))], mistral);
    expect(results).toEqual(calls);
    expect(new Set(calls).size).toBe(4);
    for (const id of calls) expect(id).toMatch(/^[a-zA-Z0-9]{9}$/);
  });

  test.each([
    ['messages', /^[a-zA-Z0-9_-]{1,64}$/],
    ['converse', /^[a-zA-Z0-9_-]{1,64}$/],
    ['responses', /^.{1,64}$/s],
  ] as const)('are by default what %s takes', (format, taken) => {
    const ids = ['functions.search:0', 'functions_2esearch_3a0', `${'x'.repeat(80)}1`, `${'x'.repeat(80)}2`, 'ü'];
    const { calls } = idsOf([turn(...ids.map((id) => call(id))), ...ids.map((id) => result(id))], { format });
    expect(new Set(calls).size).toBe(ids.length);
    for (const id of calls) expect(id).toMatch(taken);
  });

  test('that come again in a later turn are told apart, each result beside its call', () => {
    const again = [turn(call('call_0')), result('call_0')];
    const { calls, results } = idsOf([hello, ...again, hello, ...again, hello, ...again]);
    expect(results).toEqual(calls);
    expect(calls[0]).toBe('call_0');
    expect(new Set(calls).size).toBe(3);
  });

  test('that two calls of a turn share belong to their results in order', () => {
    const { calls, results } = idsOf([turn(call('x'), call('x')), result('x'), result('x')]);
    expect(results).toEqual(calls);
    expect(new Set(calls).size).toBe(2);
  });

  test('take the signatures of their calls with them', () => {
    const detail = { type: 'reasoning.encrypted', data: 's', id: 'a:1', format: 'google-gemini-v1' };
    const message = { ...turn(call('a:1')), reasoning_details: [detail, { ...detail, id: 'other' }] };
    const [fitted] = fit({ messages: [message, result('a:1')] }, { format: 'messages' }).chat.messages;
    const { tool_calls, reasoning_details } = fitted as AssistantMessage;
    expect(reasoning_details?.map(({ id }) => id)).toEqual([tool_calls?.[0]?.id, 'other']);
  });

  test('without a result are refused by the id that the caller knows', () => {
    expect(() => fit({ messages: [turn(call('a:1'), call('b')), result('a:1')] }, mistral)).toThrow(/b has no result/);
    expect(() => fit({ messages: [turn(call('a:1')), result('a:1'), result('a:1')] }, mistral)).toThrow(/a:1/);
  });

  test('are the same again whatever follows, unique and taken, in any conversation', () => {
    const id = fc.oneof(fc.string({ minLength: 1, maxLength: 90 }), fc.constantFrom('call_0', 'a', 'abcdefghi'));
    const turns = fc.array(fc.array(id, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 });
    const rules = fc.constantFrom(mistral, { format: 'messages' as const }, { format: 'responses' as const }, {});
    fc.assert(
      fc.property(turns, rules, (ids, changes) => {
        const messages = ids.flatMap((each) => [
          turn(...each.map((one) => call(one))),
          ...each.map((one) => result(one)),
        ]);
        const { calls, results } = idsOf(messages, changes);
        const { toolIds } = makeEndpoint(changes).request;
        expect(new Set(calls).size).toBe(calls.length);
        expect(results).toEqual(calls);
        expect(calls.filter((one) => !takesText(one, toolIds))).toEqual([]);
        const shorter = ids.slice(0, -1).flat().length;
        const before = messages.slice(0, messages.length - 1 - (ids.at(-1)?.length ?? 0));
        if (before.length > 0) expect(idsOf(before, changes).calls).toEqual(calls.slice(0, shorter));
      }),
    );
  });
});

describe('names of tools', () => {
  const tool = (name: string) => ({ type: 'function', function: { name } });
  const messages = [hello, turn(call('a', '{}', 'files.read')), result('a')];
  const tools = ['files.read', 'files_read', 'look'].map(tool);
  const tool_choice = { type: 'function', function: { name: 'files.read' } };

  test('are the same wherever a request has them, and given back in calls', () => {
    const { chat } = fit({ messages, tools, tool_choice });
    const [sent = '', plain, look] = chat.tools?.map((each) => each.function.name) ?? [];
    expect([plain, look]).toEqual(['files_read', 'look']);
    expect(sent).toMatch(/^files_read_[0-9a-f]{8}$/);
    expect(chat.tool_choice).toEqual({ type: 'function', function: { name: sent } });
    expect((chat.messages[1] as AssistantMessage).tool_calls?.[0]?.function.name).toBe(sent);

    const names = toolNamesOf(chatRequestSchema.parse({ model: 'm', messages, tools }), makeEndpoint());
    const deltas = [
      { index: 0, id: 'x', function: { name: sent, arguments: '' } },
      { index: 0, function: { arguments: '{}' } },
    ];
    expect(
      restoreChunk({ choices: [{ index: 0, delta: { tool_calls: deltas }, finish_reason: null }] }, names).choices,
    ).toEqual([
      {
        index: 0,
        delta: { tool_calls: [{ ...deltas[0], function: { name: 'files.read', arguments: '' } }, deltas[1]] },
        finish_reason: null,
      },
    ]);
    const completion = {
      id: 'c',
      object: 'chat.completion' as const,
      created: 1,
      model: 'm',
      usage: null,
      choices: [
        {
          index: 0,
          finish_reason: 'tool_calls' as const,
          logprobs: null,
          message: {
            role: 'assistant' as const,
            content: null,
            refusal: null,
            tool_calls: [{ id: 'x', type: 'function' as const, function: { name: sent, arguments: '{}' } }],
          },
        },
      ],
    };
    expect(restoreCompletion(completion, names).choices[0]?.message.tool_calls?.[0]?.function.name).toBe('files.read');
  });

  test('are plain where no other tool has that name', () =>
    expect(fit({ messages: [hello], tools: [tool('files.read')] }).chat.tools).toEqual([tool('files_read')]));

  test('stay where dots are taken', () =>
    expect(fit({ tools: [tool('files.read')] }, { format: 'gemini' }).chat.tools).toEqual([tool('files.read')]));

  test('are taken by every format, and come back, whatever they are', () => {
    const formats = fc.constantFrom('chat', 'responses', 'messages', 'gemini', 'converse' as const);
    const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 200 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(names, formats, (given, format) => {
        const endpoint = makeEndpoint({ format });
        const chat = chatRequestSchema.parse({ model: 'm', messages: [hello], tools: given.map(tool) });
        const sent = fit({ tools: given.map(tool) }, { format }).chat.tools?.map((each) => each.function.name) ?? [];
        expect(sent.filter((name) => !takesText(name, endpoint.request.toolNames))).toEqual([]);
        expect(new Set(sent).size).toBe(given.length);
        const known = toolNamesOf(chat, endpoint);
        expect(sent.map((name) => known.restore(name))).toEqual(given);
      }),
    );
  });
});

describe('arguments of earlier calls', () => {
  test.each([
    ['{"n": 12345678901234567890, "a":  "b"}', '{"n": 12345678901234567890, "a":  "b"}'],
    ['', '{}'],
    [' ', '{}'],
    ['null', '{}'],
    [null, '{}'],
    [undefined, '{}'],
    [{ a: 1 }, '{"a":1}'],
    ['{"city":"Os', '{"raw_arguments":"{\\"city\\":\\"Os"}'],
    ['[1]', '{"raw_arguments":"[1]"}'],
    ['"Oslo"', '{"raw_arguments":"\\"Oslo\\""}'],
    ['{} {}', '{"raw_arguments":"{} {}"}'],
  ])('%j are sent as %s', (given, sent) => {
    for (const request of [{}, { unknown: 'pass' as const }]) {
      const { chat, raw } = fit({ messages: [turn(call('a', given)), result('a')] }, { request });
      const { messages } = request.unknown === 'pass' ? (raw as unknown as typeof chat) : chat;
      expect((messages[0] as AssistantMessage).tool_calls?.[0]?.function.arguments).toBe(sent);
    }
  });
});

describe('an image', () => {
  const png = 'iVBORw0KGgoAAAANSUhEUg==';
  const sent = (url: string) => {
    const image = { type: 'image_url', image_url: { url } };
    const messages = [{ role: 'user', content: [image] }, turn(call('a')), result('a', [image])];
    return fit({ messages }).chat.messages.flatMap(({ content }) =>
      Array.isArray(content) ? content.map((part) => (part as typeof image).image_url.url) : [],
    );
  };

  test.each([
    ['data:image/jpeg;base64,/9j/4AAQ', 'data:image/jpeg;base64,/9j/4AAQ'],
    [`data:image/jpeg;base64,${png}`, `data:image/png;base64,${png}`],
    [`data:application/octet-stream;name=a;base64, ${png}`, `data:image/png;name=a;base64, ${png}`],
    ['data:image/png;base64,R0lGODlhAQ', 'data:image/gif;base64,R0lGODlhAQ'],
    ['data:image/png;base64,UklGRhI0VnhXRUJQVlA4IA==', 'data:image/webp;base64,UklGRhI0VnhXRUJQVlA4IA=='],
    ['data:image/png;base64,AAAA', 'data:image/png;base64,AAAA'],
    [`data:image/jpeg,${png}`, `data:image/jpeg,${png}`],
    ['https://example.com/a.jpg', 'https://example.com/a.jpg'],
  ])('%s is sent as %s, by its bytes', (given, url) => expect(sent(given)).toEqual([url, url]));

  test('that is a file is sent so, too', () => {
    const file = (file_data: string) => ({ type: 'file', file: { filename: 'a.jpg', file_data } });
    const content = (url: string) => [{ role: 'user', content: [file(url)] }];
    expect(fit({ messages: content(`data:image/jpeg;base64,${png}`) }).chat.messages).toEqual(
      content(`data:image/png;base64,${png}`),
    );
    const pdf = content('data:application/pdf;base64,JVBERi0xLjcK');
    expect(fit({ messages: pdf }).chat.messages).toEqual(pdf);
  });
});

describe('fields that an endpoint lacks', () => {
  const fields = { top_k: 40, min_p: 0.1, temperature: 0.5, user: 'u', seed: null };

  test.each(['pass', 'drop'] as const)('are left out of the form that is sent (%s), the others stay', (unknown) => {
    const { chat, raw } = fit(fields, { request: { unknown, fields: ['temperature'] } });
    const body = unknown === 'pass' ? raw : chat;
    expect(body).toMatchObject({ temperature: 0.5 });
    expect([body.top_k, body.min_p, body.user]).toEqual([undefined, undefined, undefined]);
  });

  test.each(['pass', 'drop'] as const)('and a temperature that is too high becomes the highest (%s)', (unknown) => {
    const rules = { request: { maxTemperature: 1.5, unknown } };
    for (const [given, sent] of [
      [2, 1.5],
      [1, 1],
      [null, null],
    ]) {
      const { chat, raw } = fit({ temperature: given }, rules);
      expect((unknown === 'pass' ? raw : chat).temperature).toBe(sent);
    }
  });

  test('are told', () => {
    const raw = { model: 'm', messages: [hello], ...fields };
    const endpoint = makeEndpoint({ request: { fields: ['temperature', 'top_k'] } });
    expect(missedFields({ chat: chatRequestSchema.parse(raw), raw }, endpoint)).toEqual(['min_p', 'user']);
    const usual = { frequency_penalty: 0, presence_penalty: 0, top_p: 1, user: '', parallel_tool_calls: true };
    expect(missedFields({ chat: chatRequestSchema.parse({ ...raw, ...usual }), raw }, endpoint)).toEqual(['min_p']);
  });

  test('are none of those that most servers have', () => {
    const raw = { model: 'm', messages: [hello], ...fields };
    expect(missedFields({ chat: chatRequestSchema.parse(raw), raw }, makeEndpoint())).toEqual([]);
  });
});

test('of the two forms of a request only the one is fitted that is sent', () => {
  const raw = { model: 'm', messages: [hello, turn(call('a', '[1]')), result('a')] };
  const parsed = { chat: chatRequestSchema.parse(raw), raw, maxOutputTokens: 1 };
  const fitted = (changes: EndpointChanges) => fitRequest(parsed, makeEndpoint(changes));
  const passed = fitted({ request: { unknown: 'pass' } });
  expect([passed.chat === parsed.chat, passed.raw === raw]).toEqual([true, false]);
  // Other formats have no use for the caller’s own body.
  for (const changes of [{}, { format: 'messages' as const, request: { unknown: 'pass' as const } }]) {
    const translated = fitted(changes);
    expect([translated.chat === parsed.chat, translated.raw === raw]).toEqual([false, true]);
  }
});

test('the caller’s own request is never changed', () => {
  const raw = {
    model: 'm',
    messages: [hello, turn(call('a:1', 'null', 'x.y')), result('a:1', [{ type: 'text', text: 't' }])],
    tools: [{ type: 'function', function: { name: 'x.y' } }],
    user: 'u',
  };
  const before = structuredClone(raw);
  const parsed = { chat: chatRequestSchema.parse(raw), raw, maxOutputTokens: 1 };
  fitRequest(parsed, makeEndpoint({ request: { ...mistral.request, unknown: 'pass', fields: [] } }));
  expect(raw).toEqual(before);
  expect(parsed.chat).toEqual(chatRequestSchema.parse(before));
});
