import type { UpstreamFormat } from '../pivot/upstream-format.ts';
import { failure } from './failure.ts';
import { fromResponse } from './from-response.ts';
import { ConverseStreamDecoder } from './stream-decoder.ts';
import { toRequest } from './to-request.ts';

/** Converse and ConverseStream of Amazon Bedrock. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
export const converseFormat: UpstreamFormat = {
  request: toRequest,
  response: fromResponse,
  stream: (endpoint) => new ConverseStreamDecoder(endpoint),
  failure,
};
