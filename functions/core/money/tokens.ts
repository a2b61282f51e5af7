import { TokenCounter } from './token-counter.ts';

export { TokenCounter };

/** The likely number of tokens of a text, rounded up; 0 for no text. */
export function estimateTokens(text: string): number {
  const counter = new TokenCounter();
  counter.add(text);
  return counter.tokens;
}

/** A number of tokens that the text cannot exceed, whatever cuts it. */
export function boundTokens(text: string): number {
  return Buffer.byteLength(text);
}
