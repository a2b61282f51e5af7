/**
 * A secret as it was meant: files end with a newline, and `KEY="sk-…"` of an env file keeps its quotes where whoever reads it is
 * no shell. Neither is ever part of a key, and no header takes the former. Empty where there is nothing.
 */
export function trimSecret(text: string): string {
  const bare = text.trim();
  const quoted = /^(["'])(.*)\1$/s.exec(bare)?.[2];
  return quoted === undefined ? bare : quoted.trim();
}
