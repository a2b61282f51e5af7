import { z } from 'zod';
import type { Model } from '../../../catalogue/catalogue.ts';
import { ClientGone } from '../../../core/client-gone.ts';
import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import { rankCandidates } from '../../../core/routing/ranking.ts';
import { selectEndpoints } from '../../../core/routing/selection.ts';
import type { MessagesRequest } from '../../../formats/messages/parse-request.ts';
import { relayFailure } from '../../../formats/messages/relay-failure.ts';
import { toRelay } from '../../../formats/messages/relay-request.ts';
import type { OwnerSeal } from '../../../formats/shared/owner-seal.ts';
import type { Ask } from '../../way/ask.ts';
import { readWhole, send } from '../../way/exchange.ts';
import type { RequestNeeds } from '../../way/operation.ts';
import type { Services } from '../../way/services.ts';

/** How long a provider may take for its count, before ours does. Milliseconds. */
export const COUNT_PATIENCE_MS = 3_000;
/** A count is a number or two. */
export const MAX_COUNT_REPLY_BYTES = 16 * 1_024;

/** Where Anthropic's API has its messages; its count is below that. Other platforms put the model into the path. */
const MESSAGES_PATH = /\/v1\/messages$/;

/** What says how an answer is written and served, of which there is none: the API refuses these fields here. */
const ofAnswers = new Set([
  ...['max_tokens', 'stream', 'stop_sequences', 'temperature', 'top_p', 'top_k', 'metadata', 'service_tier'],
  ...['inference_geo', 'container', 'diagnostics'],
]);

/** https://docs.claude.com/en/api/messages-count-tokens */
const countReply = z.looseObject({ input_tokens: z.int().nonnegative() });
export type TheirCount = z.infer<typeof countReply>;

/**
 * The count of the first endpoint that has one; null where none does, or it does not say in time. That one fails is no
 * outcome of its endpoint: it says nothing about answers.
 */
export async function askForCount(
  request: MessagesRequest & { seal: OwnerSeal },
  ask: Ask,
  model: Model,
  needs: RequestNeeds,
  services: Services,
): Promise<TheirCount | null> {
  const endpoint = countingEndpoint(model, needs, services);
  if (endpoint === null) return null;
  const relayed = toRelay(request, ask.passOn, endpoint, Number.POSITIVE_INFINITY, request.seal);
  const body = Object.fromEntries(Object.entries(relayed.body).filter(([field]) => !ofAnswers.has(field)));
  const until = services.clock.monotonic() + COUNT_PATIENCE_MS;
  const attempt = {
    endpoint,
    failure: relayFailure,
    streams: false,
    patienceMs: COUNT_PATIENCE_MS,
    signal: ask.gone,
  };
  try {
    const reply = await send(services, attempt, { ...relayed, body });
    const text = await readWhole(services, reply, MAX_COUNT_REPLY_BYTES, until);
    return countReply.parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof ClientGone) throw error;
    return null;
  }
}

/** The best of the model's endpoints that count and are up, at its path for that. However long the input is, it is counted. */
function countingEndpoint(model: Model, needs: RequestNeeds, { health }: Services): Endpoint | null {
  const counting = model.endpoints.filter(
    ({ format, url }) => format === 'messages' && MESSAGES_PATH.test(new URL(url).pathname),
  );
  const nothing = { textBytes: 0, estimatedTokens: 0, pieces: 0, images: 0, opaque: false };
  const light = { ...needs, input: nothing, maxOutputTokens: null };
  const { candidates } = selectEndpoints(counting, light);
  const [best] = rankCandidates(candidates, light, health).order;
  if (best === undefined) return null;
  const { endpoint } = best.candidate;
  const url = new URL(endpoint.url);
  url.pathname += '/count_tokens';
  return { ...endpoint, url: url.href };
}
