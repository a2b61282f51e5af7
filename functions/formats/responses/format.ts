import { failure } from '../chat/failure.ts';
import type { UpstreamFormat } from '../pivot/upstream-format.ts';
import { fromResponse } from './from-response.ts';
import { ResponsesStreamDecoder } from './stream-decoder.ts';
import { toRequest } from './to-request.ts';

/** OpenAI's Responses API, used without its memory; xAI serves it too. https://platform.openai.com/docs/api-reference/responses */
export const responsesFormat: UpstreamFormat = {
  request: toRequest,
  response: fromResponse,
  stream: (endpoint) => new ResponsesStreamDecoder(endpoint),
  failure,
};
