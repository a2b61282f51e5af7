import { expect, test } from '@jest/globals';
import { noUsage } from '../../core/money/usage.ts';
import { toUsage } from './to-usage.ts';

test.each<[string, unknown, object | null]>([
  ['nothing reported', null, null],
  ['plain', { input_tokens: 7, output_tokens: 3 }, { input: 7, output: 3 }],
  [
    'cached tokens are added to the input, once',
    { input_tokens: 10, cache_read_input_tokens: 100, cache_creation_input_tokens: 1_000, output_tokens: 1 },
    { input: 1_110, cacheRead: 100, cacheWrite: 1_000, output: 1 },
  ],
  [
    'writes for an hour are told apart from the rest',
    {
      input_tokens: 10,
      cache_creation_input_tokens: 1_000,
      cache_creation: { ephemeral_5m_input_tokens: 400, ephemeral_1h_input_tokens: 600 },
      output_tokens: 1,
    },
    { input: 1_010, cacheWrite: 400, cacheWrite1h: 600, output: 1 },
  ],
  [
    'writes that are only reported by their time',
    { input_tokens: 10, cache_creation: { ephemeral_5m_input_tokens: 4, ephemeral_1h_input_tokens: 6 } },
    { input: 20, cacheWrite: 4, cacheWrite1h: 6 },
  ],
  [
    'thinking is a part of the output and never more',
    { output_tokens: 5, output_tokens_details: { thinking_tokens: 9 } },
    { output: 5, reasoning: 5 },
  ],
  [
    'summaries of the conversation, which the counters at the top leave out',
    {
      input_tokens: 23_000,
      output_tokens: 1_000,
      iterations: [
        { type: 'compaction', input_tokens: 180_000, cache_read_input_tokens: 5, output_tokens: 3_500 },
        { type: 'message', input_tokens: 23_000, output_tokens: 1_000 },
      ],
    },
    { input: 203_005, cacheRead: 5, output: 4_500 },
  ],
  ['counters that are no numbers', { input_tokens: '7', output_tokens: -1, cache_creation: 3 }, null],
])('%s', (_, reported, usage) => {
  expect(toUsage(reported)).toEqual(usage === null ? null : { ...noUsage, ...usage });
});
