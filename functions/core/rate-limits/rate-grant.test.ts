import { describe, expect, test } from '@jest/globals';
import { grant } from './rate-grant.ts';
import { addToWindow, SPAN_SECONDS, windowAt } from './rate-window.ts';

const NOON = Date.UTC(2026, 10, 30, 12) / 1_000;
const one = { waiting: [1], ahead: 0, aheadTokens: 0 };
const full = addToWindow(windowAt(null, NOON), NOON, 5, 50);

describe('a refusal', () => {
  test('names of all that stands in the way what lasts longest', () => {
    for (const limits of [
      { rpm: 5, rpd: 5, tpm: null },
      { rpm: 5, rpd: 5, tpm: 50 },
    ]) {
      const { refusals } = grant([{ id: 'key|a', limits }], [full], one, NOON * 1_000);
      expect(refusals).toMatchObject([{ reason: 'rpd', scope: 'key', freeAt: (NOON + 43_200) * 1_000 }]);
    }
  });

  test('by one scope takes nothing of another', () => {
    const scopes = [
      { id: 'key|a', limits: { rpm: 100, rpd: null, tpm: null } },
      { id: 'owner|a', limits: { rpm: 5, rpd: null, tpm: null } },
    ];
    const { refusals, windows } = grant(scopes, [full, full], one, NOON * 1_000);
    expect(refusals).toMatchObject([{ reason: 'rpm', scope: 'owner', freeAt: (NOON + SPAN_SECONDS) * 1_000 }]);
    expect(windows).toEqual([full, full]);
  });
});
