import { parseCountRequest } from '../../../formats/messages/parse-request.ts';
import { anthropicSurface } from '../../../formats/messages/surface.ts';
import { ownerSeal } from '../../../formats/shared/owner-seal.ts';
import { inSlices } from '../../../platform/in-slices.ts';
import { authenticate } from '../../access/authenticate.ts';
import type { Call } from '../../http/call.ts';
import { readJson } from '../../http/read-body.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { askForCount } from '../shared/ask-for-count.ts';
import { countInput, countScope, modelFor } from '../shared/count-input.ts';
import { toAsk } from '../shared/serve-call.ts';
import { anthropicCount } from './count-tokens-upstream.ts';
import { messagesNeeds } from './messages-needs.ts';

/**
 * `POST /v1/messages/count_tokens`: how many tokens the input of a request is, of any model. Anthropic's own count where an
 * endpoint of the model has one, else ours, which says by how much it was raised. Free, also of an owner without money.
 */
export async function countMessageTokens(call: Call, services: Services): Promise<Reply> {
  const key = await authenticate(call, services.keys);
  await services.rates.admit([countScope(key)], 0);
  const { model: ownModel } = key.defaults as { model?: unknown };
  const body = await readJson(call);
  const request = await inSlices(parseCountRequest(body, ownModel === undefined ? {} : { model: ownModel }));
  const seal = ownerSeal(services.seal, key.ownerId);
  const needs = await messagesNeeds(request, key, seal);
  const model = modelFor(needs, key, services);
  const ask = toAsk(call, key, { name: 'count_tokens', surface: anthropicSurface });
  const theirs = await askForCount(anthropicCount({ ...request, seal }, ask), ask, model, needs, services);
  if (theirs !== null) return { status: 200, body: { ...theirs, mesh: { basis: 'provider', factor: 1 } } };
  const { tokens, factor } = countInput(request.chat, needs, model.endpoints);
  return { status: 200, body: { input_tokens: tokens, mesh: { basis: 'counted', factor } } };
}
