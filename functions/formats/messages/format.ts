import type { UpstreamFormat } from '../pivot/upstream-format.ts';
import { failure } from './failure.ts';
import { fromResponse } from './from-response.ts';
import { MessagesStreamDecoder } from './stream-decoder.ts';
import { toRequest } from './to-request.ts';

/** Anthropic's Messages API, also as Claude's body on Vertex. https://docs.claude.com/en/api/messages */
export const messagesFormat: UpstreamFormat = {
  request: toRequest,
  response: fromResponse,
  stream: (endpoint) => new MessagesStreamDecoder(endpoint),
  failure,
};
