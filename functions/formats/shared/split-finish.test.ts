import { expect, test } from '@jest/globals';
import { noUsage } from '../../core/money/usage.ts';
import { splitFinish } from './split-finish.ts';

test('what a chunk says, and then its ends with its usage; what is relayed is in both', () => {
  const logprobs = { content: [], refusal: null };
  const chunk = {
    choices: [
      { index: 0, delta: { content: 'a' }, finish_reason: 'stop' as const, logprobs, native_finish_reason: 'eos' },
      { index: 1, delta: { content: 'b' }, finish_reason: null },
    ],
    usage: noUsage,
    citations: ['https://a.example'],
  };
  expect(splitFinish(chunk)).toEqual([
    {
      choices: [
        { index: 0, delta: { content: 'a' }, finish_reason: null, logprobs },
        { index: 1, delta: { content: 'b' }, finish_reason: null },
      ],
      citations: chunk.citations,
    },
    {
      choices: [{ index: 0, delta: {}, finish_reason: 'stop', native_finish_reason: 'eos' }],
      usage: noUsage,
      citations: chunk.citations,
    },
  ]);
});
