import { z } from 'zod';
import type { MessagesRequest } from '../../../formats/messages/parse-request.ts';
import { relayFailure } from '../../../formats/messages/relay-failure.ts';
import { toRelay } from '../../../formats/messages/relay-request.ts';
import type { OwnerSeal } from '../../../formats/shared/owner-seal.ts';
import type { Ask } from '../../way/ask.ts';
import type { CountQuestion } from '../shared/ask-for-count.ts';

/** Where Anthropic's API has its messages; its count is below that. Other platforms put the model into the path. */
const MESSAGES_PATH = /\/v1\/messages$/;

/** https://docs.claude.com/en/api/messages-count-tokens */
const countReply = z.looseObject({ input_tokens: z.int().nonnegative() });

/** How Anthropic's own API is asked. */
export function anthropicCount(
  request: MessagesRequest & { seal: OwnerSeal },
  { passOn }: Ask,
): CountQuestion<z.infer<typeof countReply>> {
  return {
    at(endpoint) {
      const url = new URL(endpoint.url);
      if (endpoint.format !== 'messages' || !MESSAGES_PATH.test(url.pathname)) return null;
      url.pathname += '/count_tokens';
      return { ...endpoint, url: url.href };
    },
    body(endpoint) {
      const relayed = toRelay(request, passOn, endpoint, Number.POSITIVE_INFINITY, request.seal);
      // Nothing is written, so nothing limits it: the field is refused there.
      const { max_tokens: _, ...body } = relayed.body;
      return { ...relayed, body };
    },
    read: (reply) => countReply.parse(reply),
    failure: relayFailure,
  };
}
