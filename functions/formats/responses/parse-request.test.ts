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

test('a file that a tool returned is said next to its result, after all results of that turn', () => {
  const file = { type: 'input_file', file_data: 'data:application/pdf;base64,QQ==', filename: 'a.pdf' };
  const { pivot } = read({
    input: [
      { type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' },
      { type: 'function_call', call_id: 'b', name: 'f', arguments: '{}' },
      { type: 'function_call_output', call_id: 'a', output: [{ type: 'input_text', text: 'Here it is' }, file] },
      { type: 'function_call_output', call_id: 'b', output: [file] },
    ],
  });
  const said = { type: 'file', file: { file_data: 'data:application/pdf;base64,QQ==', filename: 'a.pdf' } };
  expect(pivot.chat.messages.slice(1)).toEqual([
    { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'Here it is' }] },
    { role: 'tool', tool_call_id: 'b', content: '' },
    { role: 'user', content: [{ type: 'text', text: 'Files returned by call a:' }, said] },
    { role: 'user', content: [{ type: 'text', text: 'Files returned by call b:' }, said] },
  ]);
});

describe('what changes the price or the work is refused', () => {
  test.each([
    ['previous_response_id', 'resp_1'],
    ['conversation', 'conv_1'],
    ['background', true],
    ['prompt', { id: 'pmpt_1' }],
    ['truncation', 'auto'],
    ['context_management', [{ type: 'compaction' }]],
    ['moderation', {}],
    ['image', {}],
    ['service_tier', 'flex'],
    ['service_tier', 'priority'],
  ])('%s: %j', (field, value) => {
    expect(() => read({ [field]: value })).toThrow(
      expect.objectContaining({ code: 'invalid_request_error', param: field }),
    );
  });

  test.each([
    ['previous_response_id', null],
    ['background', false],
    ['truncation', 'disabled'],
    ['context_management', []],
    ['service_tier', 'auto'],
    ['service_tier', 'default'],
  ])('%s: %j is not', (field, value) => {
    expect(read({ [field]: value }).body.model).toBe('m');
  });
});

test.each([
  ['input.0.content.0.file_id', { type: 'input_file', file_id: 'file-1' }],
  ['input.0.content.0.file_id', { type: 'input_image', file_id: 'file-1' }],
])('%s: what lies in the router’s own account is for no caller', (param, part) => {
  expect(() => read({ input: [{ role: 'user', content: [part] }] })).toThrow(expect.objectContaining({ param }));
});

test('what only its own provider reads is measured, too', () => {
  const items = [{ type: 'local_shell_call_output', id: 'a', output: 'word '.repeat(9) }];
  const tools = [
    { type: 'local_shell' },
    { type: 'web_search' },
    { type: 'namespace', name: 'n', description: 'd', tools: [] },
  ];
  const { unsaid, ownTools } = read({ input: [{ role: 'user', content: 'x' }, ...items], tools });
  expect(unsaid).toEqual([...items, { type: 'local_shell' }, { name: 'n', description: 'd' }]);
  expect(ownTools).toBe(1);
});
