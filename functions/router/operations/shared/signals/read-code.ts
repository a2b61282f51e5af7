/** Signs that prose hardly has and code is full of. Quotation marks, dots and commas are in both. */
const SIGNS = new Set(Array.from('{}[]();=<>&#', (sign) => sign.charCodeAt(0)));
/** So many are in any text. */
const FEW_SIGNS = 6;
/** Signs among all that is not white space: of prose less, of code more. */
const PROSE_DENSITY = 0.03;
const CODE_DENSITY = 0.1;
/** Whoever fences a piece of code asks about it, however much prose is around. */
const FENCED = 0.6;

/** How much of a text is code, from 0 to 1, by its signs and fences. */
export function readCode(text: string): number {
  let signs = 0;
  let marks = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code <= 32) continue;
    marks++;
    if (SIGNS.has(code)) signs++;
  }
  const density = Math.max(0, signs - FEW_SIGNS) / Math.max(1, marks);
  const dense = Math.min(1, Math.max(0, (density - PROSE_DENSITY) / (CODE_DENSITY - PROSE_DENSITY)));
  return Math.max(dense, /^[ \t]*(```|~~~)/m.test(text) ? FENCED : 0);
}
