import { expect, test } from '@jest/globals';
import { mapFinishReason } from './map-finish-reason.ts';

test.each([
  ['end_turn', false, 'stop'],
  ['stop_sequence', false, 'stop'],
  ['tool_use', true, 'tool_calls'],
  ['end_turn', true, 'tool_calls'],
  ['max_tokens', true, 'length'],
  ['model_context_window_exceeded', false, 'length'],
  ['refusal', false, 'content_filter'],
  ['pause_turn', false, 'stop'],
  ['reason_of_tomorrow', false, 'stop'],
  [null, false, 'stop'],
])('%s with calls: %s is %s', (stopReason, hasToolCalls, finish) => {
  expect(mapFinishReason(stopReason, hasToolCalls)).toBe(finish);
});
