import { jsonPieces, lengthLeft } from '../../formats/shared/json-pieces.ts';
import { inSlices } from '../../platform/in-slices.ts';

/** From so many UTF-16 units of texts on, JSON is written in slices. Other values count as a few. */
export const LONG_JSON = 1024 * 1024;

/**
 * JSON of what has come as JSON: of what is long pieces of bytes, written without keeping others waiting. `change` is applied to
 * each piece; none is cut within a character or an escape.
 */
export function writeJson(value: unknown, change: (json: string) => string = asItIs): string | Promise<Buffer[]> {
  if (lengthLeft(LONG_JSON, value) > 0) return change(JSON.stringify(value));
  return inSlices(written(value, change));
}

const asItIs = (json: string) => json;

function* written(value: unknown, change: (json: string) => string): Generator<void, Buffer[]> {
  const pieces: Buffer[] = [];
  for (const text of jsonPieces(value)) {
    pieces.push(Buffer.from(change(text)));
    yield;
  }
  return pieces;
}
