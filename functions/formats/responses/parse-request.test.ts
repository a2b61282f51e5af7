import { describe, expect, test } from '@jest/globals';
import { atOnce } from '../../../test/support/at-once.ts';
import { sealOf } from '../../../test/support/seal-of.ts';
import { parseResponsesRequest } from './parse-request.ts';

type Fields = Record<string, unknown>;
const read = (more: Fields, defaults: Fields = {}) =>
  atOnce(parseResponsesRequest({ model: 'm', input: 'x', ...more }, defaults, sealOf('own_1')));

describe('what a key says by default', () => {
  const defaults = { reasoning_effort: 'high', verbosity: 'low', max_tokens: 7 };

  test('stands where the request says nothing', () => {
    expect(read({}, defaults).raw).toMatchObject({
      reasoning: { effort: 'high' },
      text: { verbosity: 'low' },
      max_output_tokens: 7,
    });
  });

  test('stands beside what the request says of something else, as Codex does', () => {
    const format = { type: 'json_object' };
    const { raw } = read({ reasoning: { summary: 'auto', effort: null }, text: { format } }, defaults);
    expect(raw.reasoning).toEqual({ summary: 'auto', effort: 'high' });
    expect(raw.text).toEqual({ format, verbosity: 'low' });
  });

  test('yields to what the request says', () => {
    const { raw } = read(
      { reasoning: { effort: 'none' }, max_output_tokens: 9, text: { verbosity: 'high' } },
      defaults,
    );
    expect(raw).toMatchObject({ reasoning: { effort: 'none' }, max_output_tokens: 9, text: { verbosity: 'high' } });
  });
});

test('a note between a call and its result is no mistake', () => {
  const { pivot } = read({
    input: [
      { role: 'user', content: 'Hello' },
      { type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' },
      { role: 'user', content: 'Warning: use apply_patch.' },
      { type: 'function_call_output', call_id: 'a', output: 'done' },
    ],
  });
  expect(pivot.chat.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'user']);
});
