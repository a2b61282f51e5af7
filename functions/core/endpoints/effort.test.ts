import { describe, expect, test } from '@jest/globals';
import { type EffortLevel, nearestEffort } from './effort.ts';

describe('the effort that an endpoint is asked for', () => {
  test.each<[EffortLevel, EffortLevel[], EffortLevel | null]>([
    ['medium', ['low', 'medium', 'high'], 'medium'],
    ['minimal', ['none', 'low', 'medium', 'high', 'xhigh'], 'low'],
    ['xhigh', ['low', 'medium', 'high', 'max'], 'high'],
    ['max', ['low', 'medium', 'high', 'max'], 'max'],
    ['max', ['none', 'low', 'medium', 'high'], 'high'],
    ['none', ['none', 'low'], 'none'],
    ['none', ['minimal', 'low'], 'minimal'],
    ['low', ['none'], null],
    ['high', [], null],
  ])('%s of %j is %s', (wanted, taken, sent) => expect(nearestEffort(wanted, taken)).toBe(sent));
});
