import { expect, test } from '@jest/globals';
import { mapFinishReason } from './map-finish-reason.ts';

test.each([
  ['stop', false, 'stop'],
  ['eos', false, 'stop'],
  ['end_turn', false, 'stop'],
  ['a reason to come', false, 'stop'],
  [null, false, 'stop'],
  [undefined, true, 'tool_calls'],
  ['stop', true, 'tool_calls'],
  ['tool_calls', true, 'tool_calls'],
  ['function_call', true, 'tool_calls'],
  ['tool_calls', false, 'stop'],
  ['length', true, 'length'],
  ['model_length', false, 'length'],
  ['MAX_TOKENS', false, 'length'],
  ['content_filter', true, 'content_filter'],
  ['SAFETY', false, 'content_filter'],
  ['sensitive', false, 'content_filter'],
])('%s with calls %s is %s', (reason, hasToolCalls, expected) =>
  expect(mapFinishReason(reason, hasToolCalls)).toBe(expected),
);
