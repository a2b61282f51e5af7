import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { EmbedInput } from './embed-request.ts';

/** Numbers of all vectors of one reply, where they are not in base64: reading them keeps others waiting. */
export const MAX_REPLY_NUMBERS = 262_144;

/**
 * Inputs in requests that their endpoint takes, in order: by their number, and by the most tokens that they can be. One that is
 * too long alone goes alone, for its provider to say so.
 */
export function splitInputs(
  inputs: readonly EmbedInput[],
  dimensions: number | null,
  { embedding }: Pick<Endpoint, 'embedding'>,
): EmbedInput[][] {
  const {
    maxInputs = 1,
    maxTokens = null,
    dimensions: usual = null,
    tokenIds = null,
    base64 = false,
  } = embedding ?? {};
  const numbers = dimensions ?? usual ?? 1;
  const readable = base64 ? maxInputs : Math.floor(MAX_REPLY_NUMBERS / numbers);
  const most = Math.max(1, Math.min(maxInputs, readable));
  const parts: EmbedInput[][] = [];
  let part: EmbedInput[] = [];
  let tokens = 0;
  for (const input of inputs) {
    const more = input.ids !== null && tokenIds === 'own' ? input.ids.length : input.mostTokens;
    const isTooMuch = part.length > 0 && tokens + more > (maxTokens ?? Number.POSITIVE_INFINITY);
    if (part.length >= most || isTooMuch) {
      parts.push(part);
      part = [];
      tokens = 0;
    }
    part.push(input);
    tokens += more;
  }
  parts.push(part);
  return parts;
}
