import { z } from 'zod';
import type { MessagesRequest } from '../../../formats/messages/parse-request.ts';
import { relayFailure } from '../../../formats/messages/relay-failure.ts';
import { toRelay } from '../../../formats/messages/relay-request.ts';
import type { OwnerSeal } from '../../../formats/shared/owner-seal.ts';
import type { Ask } from '../../way/ask.ts';
import type { CountQuestion } from '../shared/ask-for-count.ts';

/** Where Anthropic's API has its messages; its count is below that. Other platforms put the model into the path. */
const MESSAGES_PATH = /\/v1\/messages$/;

/** What says how an answer is written and served, of which there is none: the API refuses these fields here. */
const ofAnswers = new Set([
  ...['max_tokens', 'stream', 'stop_sequences', 'temperature', 'top_p', 'top_k', 'metadata', 'service_tier'],
  ...['inference_geo', 'container', 'diagnostics'],
]);

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
      const body = Object.fromEntries(Object.entries(relayed.body).filter(([field]) => !ofAnswers.has(field)));
      return { ...relayed, body };
    },
    read: (reply) => countReply.parse(reply),
    failure: relayFailure,
  };
}
