import type { UpstreamFormat } from '../pivot/upstream-format.ts';
import { failure } from './failure.ts';
import { fromResponse } from './from-response.ts';
import { ChatStreamDecoder } from './stream-decoder.ts';
import { toRequest } from './to-request.ts';

/**
 * OpenAI's Chat Completions, and what the many providers that are compatible with it make of it.
 * https://platform.openai.com/docs/api-reference/chat
 */
export const chatFormat: UpstreamFormat = {
  request: toRequest,
  response: fromResponse,
  stream: (endpoint) => new ChatStreamDecoder(endpoint),
  failure,
};
