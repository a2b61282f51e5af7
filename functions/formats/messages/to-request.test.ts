import { describe, expect, test } from '@jest/globals';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { messagesBodyOf as bodyOf, type Setting } from '../../../test/support/messages-body.ts';
import { chatRequestSchema } from '../pivot/chat-request.ts';
import { messagesFormat } from './format.ts';

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

  test('passes stream, and the user as nobody in particular', () => {
    const { stream, metadata } = bodyOf({ stream: true, user: 'ann@example.com' });
    expect(stream).toBe(true);
    expect((metadata as { user_id: string }).user_id).toMatch(/^[0-9a-f]{64}$/);
    expect(metadata).toEqual(bodyOf({ user: 'ann@example.com' }).metadata);
    expect(metadata).not.toEqual(bodyOf({ user: 'bob@example.com' }).metadata);
  });

  test.each([
    [{ n: 2 }, 'n'],
    [{ logprobs: true }, 'logprobs'],
    [{ top_logprobs: 3 }, 'logprobs'],
    [{ modalities: ['text', 'audio'] }, 'modalities'],
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

const tool = { type: 'function', function: { name: 'look' } };

test('of five cache markers the last four are kept, which is what the API takes', () => {
  const marked = (text: string) => ({ type: 'text', text, cache_control: { type: 'ephemeral' } });
  const body = bodyOf({
    tools: [{ ...tool, cache_control: { type: 'ephemeral' } }],
    messages: [
      { role: 'system', content: [marked('s')] },
      { role: 'user', content: [marked('a'), marked('b'), marked('c')] },
    ],
  });
  expect(JSON.stringify(body).match(/cache_control/g)).toHaveLength(4);
  expect((body.tools as object[])[0]).not.toHaveProperty('cache_control');
});
