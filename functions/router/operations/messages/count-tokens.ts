import type { Model } from '../../../catalogue/catalogue.ts';
import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import { CharacterCounts } from '../../../core/money/character-counts.ts';
import { countTokens, type TokenCount } from '../../../core/money/counted-tokens.ts';
import type { RateScope } from '../../../core/rate-limits/rate-scope.ts';
import type { MessagesRequest } from '../../../formats/messages/parse-request.ts';
import { parseCountRequest } from '../../../formats/messages/parse-request.ts';
import { anthropicSurface } from '../../../formats/messages/surface.ts';
import { ownerSeal } from '../../../formats/shared/owner-seal.ts';
import { inSlices } from '../../../platform/in-slices.ts';
import { authenticate } from '../../access/authenticate.ts';
import type { Key } from '../../access/key-cache.ts';
import type { Call } from '../../http/call.ts';
import { readJson } from '../../http/read-body.ts';
import type { Reply } from '../../http/route.ts';
import { isAuto } from '../../way/auto/choose-auto.ts';
import { findModel, modelsFor, ofKind, suitableModels } from '../../way/choose.ts';
import type { RequestNeeds } from '../../way/operation.ts';
import type { Services } from '../../way/services.ts';
import { toAsk } from '../shared/serve-call.ts';
import { askForCount } from './count-tokens-upstream.ts';
import { messagesNeeds } from './messages-needs.ts';

/** Counts of one key in a minute: a rate of its own, since nothing is paid for them. */
export const MAX_COUNTS_A_MINUTE = 600;
/** Of a picture as large as Claude looks at one; others' rules are near that. https://docs.claude.com/en/docs/build-with-claude/vision */
export const COUNTED_IMAGE_TOKENS = 1_600;
/** Of a file: a page of a PDF is up to as many. https://docs.claude.com/en/docs/build-with-claude/pdf-support */
export const COUNTED_FILE_TOKENS = 3_000;
/** What Claude is told where there are tools. https://docs.claude.com/en/docs/agents-and-tools/tool-use/overview#pricing */
const TOOL_INSTRUCTION_TOKENS = 346;

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
  const needs = await messagesNeeds(request, key);
  const model = modelFor(needs, key, services);
  const ask = toAsk(call, key, { name: 'count_tokens', surface: anthropicSurface });
  const sealed = { ...request, seal: ownerSeal(services.seal, key.ownerId) };
  const theirs = await askForCount(sealed, ask, model, needs, services);
  if (theirs !== null) return { status: 200, body: { ...theirs, mesh: { basis: 'provider', factor: 1 } } };
  const { tokens, factor } = countInput(request, needs, model.endpoints);
  return { status: 200, body: { input_tokens: tokens, mesh: { basis: 'counted', factor } } };
}

function countScope({ id }: Key): RateScope {
  return { id: `count|${id}`, limits: { rpm: MAX_COUNTS_A_MINUTE, rpd: null, tpm: null } };
}

function modelFor(needs: RequestNeeds, key: Key, services: Services): Model {
  const catalogue = services.catalogue();
  if (!isAuto(needs.model)) return ofKind(findModel(needs.model, key, catalogue), needs.kind);
  const [best] = suitableModels(needs, modelsFor(key, needs.kind, catalogue)).ranked;
  return best?.figures.model ?? findModel(needs.model, key, catalogue);
}

/** Our own count: the most that any endpoint of the model would make. */
function countInput({ chat }: MessagesRequest, { input }: RequestNeeds, endpoints: readonly Endpoint[]): TokenCount {
  const { characters = new CharacterCounts(), pieces, images, instructed } = input;
  const files = chat.messages.flatMap(({ content }) =>
    Array.isArray(content) ? content.filter(({ type }) => type === 'file') : [],
  ).length;
  const counts = endpoints.map(({ tokenizer }) => countTokens(characters, pieces, tokenizer));
  const most = counts.reduce((one, other) => (other.tokens > one.tokens ? other : one));
  const beside = images * COUNTED_IMAGE_TOKENS + files * COUNTED_FILE_TOKENS;
  return { ...most, tokens: most.tokens + beside + (instructed === true ? TOOL_INSTRUCTION_TOKENS : 0) };
}
