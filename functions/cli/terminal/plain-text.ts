/** Escape sequences would let a name or a label write anywhere on the terminal. */
const CONTROL = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;
const STEERING = /(?![\n\t])\p{Cc}/gu;
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uff01-\uff60]/u;

/** A text that others chose, as one line that does nothing but show itself. */
export function plainText(text: string): string {
  return text.replaceAll(CONTROL, ' ');
}

/** A text of several lines that others chose, such as a model's answer: its lines and tabs stay, what would steer a terminal goes. */
export function plainLines(text: string): string {
  return text.replaceAll(STEERING, ' ');
}

/** How many columns a text takes on a terminal. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : /\p{Mn}/u.test(character) ? 0 : 1;
  return width;
}

/** A text in at most so many columns. */
export function cutTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let cut = '';
  for (const character of text) {
    if (widthOf(cut) + widthOf(character) >= width) break;
    cut += character;
  }
  return `${cut}…`;
}
