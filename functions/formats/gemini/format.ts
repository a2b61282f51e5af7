import type { UpstreamFormat } from '../pivot/upstream-format.ts';
import { failure } from './failure.ts';
import { fromResponse } from './from-response.ts';
import { GeminiStreamDecoder } from './stream-decoder.ts';
import { toRequest } from './to-request.ts';

/**
 * `generateContent` of the Gemini API and of Vertex AI; what is sent is what both of them take.
 * https://ai.google.dev/api/generate-content
 */
export const geminiFormat: UpstreamFormat = {
  request: toRequest,
  response: fromResponse,
  stream: (endpoint) => new GeminiStreamDecoder(endpoint),
  failure,
};
