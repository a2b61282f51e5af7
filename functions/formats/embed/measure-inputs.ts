import { CharacterCounts } from '../../core/money/character-counts.ts';
import { mostTokens } from '../../core/money/tokenizers.ts';
import { boundTokens, TokenCounter } from '../../core/money/tokens.ts';
import { cutBefore, PIECE_LENGTH } from '../shared/json-pieces.ts';
import type { EmbedInput, EmbedRequest } from './embed-request.ts';

/**
 * Inputs as they came, with the text of those that are ids of tokens (`decode`: null where they have none) and what all amount
 * to. It stops after each. Texts alone are held by what tokenizers make of them. Ids may be cut in any way that their caller
 * likes, so that with some of them the bytes of all are what is held.
 */
export function* measureInputs(
  given: readonly (string | readonly number[])[],
  decode: (ids: readonly number[]) => string | null,
): Generator<void, Pick<EmbedRequest, 'inputs' | 'measure'>> {
  const characters = new CharacterCounts();
  const inputs: EmbedInput[] = [];
  let likely = 0;
  let longest = 0;
  let textBytes = 0;
  for (const each of given) {
    const ids = typeof each === 'string' ? null : each;
    const text = typeof each === 'string' ? each : decode(each);
    const measured = yield* measureText(text ?? '', characters);
    const bytes = Math.max(measured.bytes, ids?.length ?? 0);
    const count = ids?.length ?? measured.likely;
    inputs.push({ text, ids, mostTokens: ids === null ? Math.min(measured.most, bytes) : bytes });
    likely += count;
    longest = Math.max(longest, count);
    textBytes += bytes;
    yield;
  }
  const isText = inputs.every(({ ids }) => ids === null);
  return {
    inputs,
    measure: {
      textBytes,
      estimatedTokens: likely,
      ...(isText ? { characters } : {}),
      cacheMarked: false,
      pieces: given.length,
      images: 0,
      apart: { count: given.length, longest },
      opaque: false,
    },
  };
}

interface Measured {
  bytes: number;
  likely: number;
  most: number;
}

function* measureText(text: string, all: CharacterCounts): Generator<void, Measured> {
  const own = new CharacterCounts();
  const counter = new TokenCounter();
  let bytes = 0;
  for (let from = 0; from < text.length; ) {
    const until = cutBefore(text, from + PIECE_LENGTH);
    const piece = text.slice(from, until);
    own.add(piece);
    all.add(piece);
    counter.add(piece);
    bytes += boundTokens(piece);
    from = until;
    yield;
  }
  all.end();
  return { bytes, likely: counter.tokens, most: mostTokens(own, 'unknown') };
}
