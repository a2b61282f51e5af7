import { describe, expect, test } from '@jest/globals';
import { mapFinishReason } from './map-finish-reason.ts';

describe('a finish reason', () => {
  test.each([
    ['STOP', 'stop', 'tool_calls'],
    ['MAX_TOKENS', 'length', 'length'],
    ['SAFETY', 'content_filter', 'content_filter'],
    ['RECITATION', 'content_filter', 'content_filter'],
    ['LANGUAGE', 'content_filter', 'content_filter'],
    ['BLOCKLIST', 'content_filter', 'content_filter'],
    ['PROHIBITED_CONTENT', 'content_filter', 'content_filter'],
    ['SPII', 'content_filter', 'content_filter'],
    ['IMAGE_SAFETY', 'content_filter', 'content_filter'],
    ['MODEL_ARMOR', 'content_filter', 'content_filter'],
    ['MALFORMED_FUNCTION_CALL', 'stop', 'tool_calls'],
    ['UNEXPECTED_TOOL_CALL', 'stop', 'tool_calls'],
    ['OTHER', 'stop', 'tool_calls'],
    ['SOMETHING_NEW', 'stop', 'tool_calls'],
    ['constructor', 'stop', 'tool_calls'],
    ['FINISH_REASON_UNSPECIFIED', null, null],
    ['', null, null],
    [undefined, null, null],
  ])('%s is %s, with calls %s', (reason, without, withCalls) => {
    expect(mapFinishReason(reason, false)).toBe(without);
    expect(mapFinishReason(reason, true)).toBe(withCalls);
  });
});
