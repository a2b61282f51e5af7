import { expect, test } from '@jest/globals';
import { mapFinishReason } from './finish-reason.ts';

test.each([
  ['stop', 'stop', 'tool_calls'],
  ['STOP', 'stop', 'tool_calls'],
  ['eos', 'stop', 'tool_calls'],
  ['eos_token', 'stop', 'tool_calls'],
  ['end_turn', 'stop', 'tool_calls'],
  ['stop_sequence', 'stop', 'tool_calls'],
  ['<|eot_id|>', 'stop', 'tool_calls'],
  ['COMPLETE', 'stop', 'tool_calls'],
  ['REASON_STOP', 'stop', 'tool_calls'],
  ['pause_turn', 'stop', 'tool_calls'],
  ['tool_calls', 'stop', 'tool_calls'],
  ['function_call', 'stop', 'tool_calls'],
  ['tool_use', 'stop', 'tool_calls'],
  ['toolCalls', 'stop', 'tool_calls'],
  ['length', 'length', 'length'],
  ['max_tokens', 'length', 'length'],
  ['MAX_TOKENS', 'length', 'length'],
  ['max_output_tokens', 'length', 'length'],
  ['model_length', 'length', 'length'],
  ['model_context_window_exceeded', 'length', 'length'],
  ['content_filter', 'content_filter', 'content_filter'],
  ['content-filter', 'content_filter', 'content_filter'],
  ['SAFETY', 'content_filter', 'content_filter'],
  ['RECITATION', 'content_filter', 'content_filter'],
  ['MODEL_ARMOR', 'content_filter', 'content_filter'],
  ['guardrail_intervened', 'content_filter', 'content_filter'],
  ['sensitive', 'content_filter', 'content_filter'],
  ['refusal', 'content_filter', 'content_filter'],
  ['FINISH_REASON_UNSPECIFIED', null, null],
  ['', null, null],
  [null, null, null],
  [undefined, null, null],
])('%j is %s, with calls %s', (reason, without, withCalls) => {
  expect(mapFinishReason(reason, false)).toBe(without);
  expect(mapFinishReason(reason, true)).toBe(withCalls);
});

test.each([
  'abort',
  'error',
  'network_error',
  'insufficient_system_resource',
  'MALFORMED_FUNCTION_CALL',
  'UNEXPECTED_TOOL_CALL',
  'OTHER',
  'malformed_tool_use',
  'malformed_model_output',
  'cancelled',
  'a reason to come',
  'constructor',
])('%s is a failure for another endpoint to make good, and says its name', (reason) => {
  const provider_error = reason.replaceAll(' ', '');
  expect(() => mapFinishReason(reason, false)).toThrow(
    expect.objectContaining({ code: 'upstream_error', retry: 'other', details: { provider_error } }),
  );
});
