import { type JsonLimits, JsonScan } from './json-scan.ts';

/** The most that is built of one text that somebody else wrote: a reply, an event, the arguments of a tool call. */
export const MAX_TEXT_VALUES = 1_000_000;
export const MAX_TEXT_DEPTH = 200;
/** A text of so many characters cannot become much, whatever it says: most events are shorter, and are not looked through. */
export const HARMLESS_LENGTH = 1_024;

const limits: JsonLimits = { values: MAX_TEXT_VALUES, depth: MAX_TEXT_DEPTH };

/** `JSON.parse` for text from outside. Throws a `SyntaxError` also where it is nested too deep or has too many values. */
export function parseJson(text: string): unknown {
  checkJson(text);
  return JSON.parse(text);
}

/** Throws a `SyntaxError` for a text of which too much would be built. */
export function checkJson(text: string): void {
  if (text.length <= HARMLESS_LENGTH) return;
  const trouble = new JsonScan(limits).pushText(text);
  if (trouble !== null) throw new SyntaxError(`The JSON is refused: ${trouble}.`);
}
