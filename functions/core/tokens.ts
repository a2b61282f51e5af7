/**
 * Counting tokens without a tokenizer.
 *
 * `estimateTokens` is what an answer is charged by when a provider reports no usage: one token for four ASCII
 * characters, three for five characters of any other script. `boundTokens` is what money is held by: no tokenizer in use
 * makes more tokens than there are UTF-8 bytes, since each falls back to single bytes at worst.
 */
const ASCII_TOKENS = 0.25;
const OTHER_TOKENS = 0.6;

/** The likely number of tokens of a text, rounded up; 0 for no text. */
export function estimateTokens(text: string): number {
  let ascii = 0;
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) < 128) ascii++;
  return Math.ceil(ascii * ASCII_TOKENS + (text.length - ascii) * OTHER_TOKENS);
}

/** A number of tokens that the text cannot exceed. */
export function boundTokens(text: string): number {
  return Buffer.byteLength(text);
}
