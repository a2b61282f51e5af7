import type { Model } from '../../../catalogue/catalogue.ts';
import { ClientGone } from '../../../core/client-gone.ts';
import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import { rankCandidates } from '../../../core/routing/ranking.ts';
import { selectEndpoints } from '../../../core/routing/selection.ts';
import type { UpstreamBody } from '../../../formats/pivot/upstream-format.ts';
import type { Ask } from '../../way/ask.ts';
import { readWhole, send } from '../../way/exchange.ts';
import type { Exchange, RequestNeeds } from '../../way/operation.ts';
import type { Services } from '../../way/services.ts';

/** How long a provider may take for its count, before ours does. Milliseconds. */
export const COUNT_PATIENCE_MS = 3_000;
/** A count is a number or two. */
export const MAX_COUNT_REPLY_BYTES = 16 * 1_024;

/** How a format's endpoints are asked for their count. */
export interface CountQuestion<Count> {
  /** The same endpoint at its path for counts; null for one that has none. */
  at(endpoint: Endpoint): Endpoint | null;
  body(endpoint: Endpoint): UpstreamBody;
  /** Throws for what is no count. */
  read(reply: unknown): Count;
  failure: Exchange<unknown, unknown>['failure'];
}

/**
 * The count of the best endpoint that has one; null where none does, or it does not say in time. That one fails is no outcome of its
 * endpoint: it says nothing about answers.
 */
export async function askForCount<Count>(
  question: CountQuestion<Count>,
  ask: Ask,
  model: Model,
  needs: RequestNeeds,
  services: Services,
): Promise<Count | null> {
  const endpoint = countingEndpoint(question, model, needs, services);
  const there = endpoint === null ? null : question.at(endpoint);
  if (there === null) return null;
  const until = services.clock.monotonic() + COUNT_PATIENCE_MS;
  const attempt = {
    endpoint: there,
    failure: question.failure,
    streams: false,
    patienceMs: COUNT_PATIENCE_MS,
    signal: ask.gone,
  };
  try {
    const reply = await send(services, attempt, question.body(there));
    const text = await readWhole(services, reply, MAX_COUNT_REPLY_BYTES, until);
    return question.read(JSON.parse(text));
  } catch (error) {
    if (error instanceof ClientGone) throw error;
    return null;
  }
}

/** The best of the model's endpoints that count and are up. However long the input is, it is counted. */
function countingEndpoint(
  { at }: CountQuestion<unknown>,
  model: Model,
  needs: RequestNeeds,
  { health }: Services,
): Endpoint | null {
  const counting = model.endpoints.filter((endpoint) => at(endpoint) !== null);
  const nothing = { textBytes: 0, estimatedTokens: 0, pieces: 0, images: 0, opaque: false };
  const light = { ...needs, input: nothing, maxOutputTokens: null };
  const { candidates } = selectEndpoints(counting, light);
  const [best] = rankCandidates(candidates, light, health).order;
  return best?.candidate.endpoint ?? null;
}
