import type { EmbedRequest } from '../../../formats/embed/embed-request.ts';
import { measureInputs } from '../../../formats/embed/measure-inputs.ts';
import { inSlices } from '../../../platform/in-slices.ts';
import { idDecoder } from '../../../platform/token-ids/decode-token-ids.ts';

/** Inputs of a request for embeddings as they came, texts or ids of tokens, and what they amount to. */
export async function embedInputs(
  given: readonly (string | readonly number[])[],
): Promise<Pick<EmbedRequest, 'inputs' | 'measure'>> {
  const hasIds = given.some((each) => typeof each !== 'string');
  const decode = hasIds ? await idDecoder('cl100k_base') : () => null;
  return inSlices(measureInputs(given, decode));
}
