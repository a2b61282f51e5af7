import { setImmediate as nextTurn } from 'node:timers/promises';
import { countAhead, LONG_TEXT } from '../../core/money/counted-texts.ts';
import { JsonParser } from './json-parser.ts';

/** For how long a large body keeps the event loop before others get a turn. Milliseconds. */
export const SLICE_MS = 4;

/** Large bodies are parsed one after the other: together they would only share the same time, and need all their memory at once. */
let last: Promise<unknown> = Promise.resolve();

/** A large body. */
export interface Parsed {
  value: unknown;
  /** Forgets what is known of its texts; call it once, when its request is over. */
  forget(): void;
}

/**
 * Parses a large body, as valid UTF-8, without keeping others waiting: on the event loop, since what a worker thread parses
 * has to be built again here, in one go. The tokens of its texts are counted likewise, for whoever asks for them. Throws a
 * `SyntaxError`, or what `check` throws between slices.
 */
export function parseInSlices(bytes: Buffer, check: () => void): Promise<Parsed> {
  const parsed = last.then(() => parse(bytes, check));
  last = parsed.catch(() => {});
  return parsed;
}

async function parse(bytes: Buffer, check: () => void): Promise<Parsed> {
  const parser = new JsonParser(bytes, LONG_TEXT);
  let until = 0;
  const isInTime = () => performance.now() < until;
  const breathe = async () => {
    await nextTurn();
    check();
    until = performance.now() + SLICE_MS;
  };
  do await breathe();
  while (!parser.run(isInTime));
  const forget = await countAhead(parser.longTexts, () => (isInTime() ? undefined : breathe()));
  // What follows takes its time at once.
  await nextTurn();
  return { value: parser.value, forget };
}
