import { describe, expect, test } from '@jest/globals';
import { noUsage } from '../../core/money/usage.ts';
import { toUsage } from './to-usage.ts';

describe('usage', () => {
  test.each([
    [
      'adds the thoughts to the candidates',
      { promptTokenCount: 9, candidatesTokenCount: 10, thoughtsTokenCount: 256, totalTokenCount: 275 },
      { ...noUsage, input: 9, output: 266, reasoning: 256 },
    ],
    [
      'contains what was cached once',
      { promptTokenCount: 100, cachedContentTokenCount: 60, candidatesTokenCount: 1 },
      { ...noUsage, input: 100, cacheRead: 60, output: 1 },
    ],
    [
      'adds the results of Gemini’s own tools to the prompt',
      { promptTokenCount: 20, toolUsePromptTokenCount: 310, candidatesTokenCount: 9, totalTokenCount: 339 },
      { ...noUsage, input: 330, output: 9 },
    ],
    [
      'counts audio that was cached as cached only',
      {
        promptTokenCount: 500,
        cachedContentTokenCount: 200,
        promptTokensDetails: [
          { modality: 'TEXT', tokenCount: 100 },
          { modality: 'AUDIO', tokenCount: 400 },
        ],
        cacheTokensDetails: [{ modality: 'AUDIO', tokenCount: 200 }],
      },
      { ...noUsage, input: 500, cacheRead: 200, inputAudio: 200 },
    ],
    [
      'bills a total that is larger than its parts',
      { promptTokenCount: 9, candidatesTokenCount: 10, totalTokenCount: 275 },
      { ...noUsage, input: 9, output: 266 },
    ],
    ['has no counters below zero', { promptTokenCount: -4, candidatesTokenCount: 'many' }, null],
    ['is unknown where only the traffic is named', { trafficType: 'ON_DEMAND' }, null],
    ['is unknown where nothing is', undefined, null],
  ])('%s', (_, reported, usage) => expect(toUsage(reported)).toEqual(usage));
});
