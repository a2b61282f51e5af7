import { describe, expect, test } from '@jest/globals';
import type { Call } from './call.ts';
import { hasCurrent } from './has-current.ts';

const call = (given?: string) => ({ req: { headers: { 'if-none-match': given } } }) as unknown as Call;

describe('a client has what is current', () => {
  test.each(['"v1"', 'W/"v1"', '"v0", W/"v1"', '*'])('where it says %s', (given) => {
    expect(hasCurrent(call(given), '"v1"')).toBe(true);
  });
  test.each([undefined, '', '"v2"', 'v1', '"v1-more"'])('but not where it says %s', (given) => {
    expect(hasCurrent(call(given), '"v1"')).toBe(false);
  });
});
