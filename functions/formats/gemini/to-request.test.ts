import { describe, expect, test } from '@jest/globals';
import { geminiBodyOf } from '../../../test/support/gemini-body.ts';

const tools = [{ type: 'function', function: { name: 'now' } }];

describe('a request', () => {
  test('has its fields where the REST API has them, and neither model nor stream in the body', () => {
    const body = geminiBodyOf({
      stream: true,
      tools,
      tool_choice: 'auto',
      messages: [{ role: 'user', content: 'Hi' }],
    });
    expect(body).toEqual({
      contents: [{ role: 'user', parts: [{ text: 'Hi' }] }],
      tools: [{ functionDeclarations: [{ name: 'now' }] }],
      toolConfig: { functionCallingConfig: { mode: 'AUTO' } },
      generationConfig: { maxOutputTokens: 10_000 },
    });
  });

  test('sends nothing that belongs to the router or that Gemini has no word for', () => {
    const owned = {
      models: ['other'],
      provider: { only: ['google'] },
      session_id: 's',
      timeout: 5,
      user: 'u',
      metadata: { a: 'b' },
      service_tier: 'priority',
      verbosity: 'low',
      min_p: 0.1,
      repetition_penalty: 1.1,
      logit_bias: { '1': 2 },
      stream_options: { include_usage: true },
    };
    expect(geminiBodyOf(owned)).toEqual({
      contents: [{ role: 'user', parts: [{ text: 'Hello' }] }],
      generationConfig: { maxOutputTokens: 10_000 },
    });
  });

  test.each([['audio', { modalities: ['text', 'audio'] }, 'modalities']])(
    'for %s is refused, since the API cannot promise it',
    (_, fields, param) => {
      expect(() => geminiBodyOf(fields)).toThrow(
        expect.objectContaining({ code: 'model_capability_not_supported', param }),
      );
    },
  );

  test('for one call at a time is sent without it, since the answer is held to that', () => {
    expect(geminiBodyOf({ tools, parallel_tool_calls: false })).toEqual(geminiBodyOf({ tools }));
  });
});
