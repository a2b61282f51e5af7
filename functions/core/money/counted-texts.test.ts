import { describe, expect, test } from '@jest/globals';
import { countAhead, countedTokens, LONG_TEXT } from './counted-texts.ts';
import { TokenCounter } from './token-counter.ts';
import { estimateTokens } from './tokens.ts';

const text = 'Some words, 12345 and नमस्ते. '.repeat(20_000);
const counted = (of: string) => {
  const counter = new TokenCounter();
  counter.add(of);
  return counter.tokens;
};

describe('texts that are counted ahead', () => {
  test('have as many tokens as when they are counted at once', async () => {
    const forget = await countAhead([text], () => undefined);
    // Sums of fractions in another order: they may be rounded up to the next.
    expect(Math.abs((countedTokens(text) ?? 0) - counted(text))).toBeLessThanOrEqual(1);
    expect(estimateTokens(text)).toBe(countedTokens(text));
    forget();
  });

  test('are counted in pieces, between which others get a turn', async () => {
    let turns = 0;
    const forget = await countAhead([text], async () => void turns++);
    expect(turns).toBeGreaterThan(text.length / 100_000);
    forget();
  });

  test('are known for as long as one request has them', async () => {
    const first = await countAhead([text], () => undefined);
    const second = await countAhead([text, `${text}x`], () => undefined);
    first();
    expect(countedTokens(text)).not.toBeNull();
    second();
    expect(countedTokens(text)).toBeNull();
  });

  test('are forgotten where their request is given up meanwhile', async () => {
    let turns = 0;
    const counting = countAhead([text, `${text}x`], async () => {
      if (turns++ > text.length / 64 / 1024 + 1) throw new Error('gone');
    });
    await expect(counting).rejects.toThrow('gone');
    expect(countedTokens(text)).toBeNull();
  });

  test('are never short ones, which take no time', () => {
    expect(countedTokens('x'.repeat(LONG_TEXT - 1))).toBeNull();
  });
});
