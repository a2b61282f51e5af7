import { z } from 'zod';
import { type GenerateRequest, parseGenerateRequest } from '../../../formats/gemini/parse-request.ts';
import { relayFailure } from '../../../formats/gemini/relay-failure.ts';
import { toRelay } from '../../../formats/gemini/relay-request.ts';
import { googleSurface } from '../../../formats/gemini/surface.ts';
import { isRecord } from '../../../formats/shared/is-record.ts';
import { ownerSeal } from '../../../formats/shared/owner-seal.ts';
import { inSlices } from '../../../platform/in-slices.ts';
import { authenticate } from '../../access/authenticate.ts';
import type { Call } from '../../http/call.ts';
import { readJson } from '../../http/read-body.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { askForCount, type CountQuestion } from '../shared/ask-for-count.ts';
import { countInput, countScope, modelFor } from '../shared/count-input.ts';
import { toAsk } from '../shared/serve-call.ts';
import { generateNeeds } from './generate-needs.ts';

/** Where Google's APIs have their answers; their count is beside it. */
const GENERATE = /:generateContent$/;
/** Vertex AI takes the fields of the request themselves, the Gemini API all of it as one. */
const VERTEX = /\/publishers\/google\//;

/** https://ai.google.dev/api/tokens#response-body */
const countReply = z.looseObject({ totalTokens: z.int().nonnegative() });

/**
 * `POST /v1beta/models/{model}:countTokens`: how many tokens the input of a request is, of any model. Google's own count where an
 * endpoint of the model has one, else ours, which says by how much it was raised. Free, also of an owner without money.
 */
export async function countGenerateTokens(call: Call, services: Services, name: string): Promise<Reply> {
  const key = await authenticate(call, services.keys);
  await services.rates.admit([countScope(key)], 0);
  const body = await readJson(call);
  const request = await inSlices(parseGenerateRequest(requestIn(body), { model: name, stream: false }));
  const needs = await generateNeeds(request, key, ownerSeal(services.seal, key.ownerId));
  const model = modelFor(needs, key, services);
  const ask = toAsk(call, key, { name: 'count_tokens', surface: googleSurface });
  const theirs = await askForCount(googleCount(request), ask, model, needs, services);
  if (theirs !== null) return { status: 200, body: { ...theirs, mesh: { basis: 'provider', factor: 1 } } };
  const { tokens, factor } = countInput(request.chat, needs, model.endpoints);
  return { status: 200, body: { totalTokens: tokens, mesh: { basis: 'counted', factor } } };
}

/** Contents alone, or the whole request in a field, by either of its names. */
function requestIn(body: unknown): unknown {
  if (!isRecord(body)) return body;
  return body.generateContentRequest ?? body.generate_content_request ?? body;
}

function googleCount(request: GenerateRequest): CountQuestion<z.infer<typeof countReply>> {
  return {
    at(endpoint) {
      const url = new URL(endpoint.url);
      if (endpoint.format !== 'gemini' || !GENERATE.test(url.pathname)) return null;
      url.pathname = url.pathname.replace(GENERATE, ':countTokens');
      return { ...endpoint, url: url.href };
    },
    body(endpoint) {
      const { headers, body } = toRelay(request, endpoint, endpoint.maxOutputTokens);
      // Nothing is written, so nothing limits it.
      const { generationConfig: _, ...asked } = body;
      if (VERTEX.test(endpoint.url)) return { headers, body: asked };
      const whole = { model: `models/${endpoint.upstreamModel}`, ...asked };
      return { headers, body: { generateContentRequest: whole } };
    },
    read: (reply) => countReply.parse(reply),
    failure: relayFailure,
  };
}
