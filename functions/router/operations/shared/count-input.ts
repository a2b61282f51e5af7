import type { Model } from '../../../catalogue/catalogue.ts';
import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import { CharacterCounts } from '../../../core/money/character-counts.ts';
import { countTokens, type TokenCount } from '../../../core/money/counted-tokens.ts';
import type { RateScope } from '../../../core/rate-limits/rate-scope.ts';
import { isAuto } from '../../../core/routing/auto-names.ts';
import type { ChatRequest } from '../../../formats/pivot/chat-request.ts';
import type { Key } from '../../access/key-cache.ts';
import { findModel, modelsFor, ofKind, suitableModels } from '../../way/choose.ts';
import type { RequestNeeds } from '../../way/operation.ts';
import type { Services } from '../../way/services.ts';

/** Counts of one key in a minute: a rate of its own, since nothing is paid for them. */
export const MAX_COUNTS_A_MINUTE = 600;
/** Of a picture as large as Claude looks at one; others' rules are near that. https://docs.claude.com/en/docs/build-with-claude/vision */
export const COUNTED_IMAGE_TOKENS = 1_600;
/** Of a file: a page of a PDF is up to as many. https://docs.claude.com/en/docs/build-with-claude/pdf-support */
export const COUNTED_FILE_TOKENS = 3_000;
/** What Claude is told where there are tools. https://docs.claude.com/en/docs/agents-and-tools/tool-use/overview#pricing */
const TOOL_INSTRUCTION_TOKENS = 346;

/** What limits how often a key counts, on whatever surface. */
export function countScope({ id }: Key): RateScope {
  return { id: `count|${id}`, limits: { rpm: MAX_COUNTS_A_MINUTE, rpd: null, tpm: null } };
}

/** The model whose tokens are counted: where it is left to the router, the one that it would ask. */
export function modelFor(needs: RequestNeeds, key: Key, services: Services): Model {
  const catalogue = services.catalogueOf(key);
  if (!isAuto(needs.model)) return ofKind(findModel(needs.model, key, catalogue), needs.kind);
  const [best] = suitableModels(needs, modelsFor(key, needs.kind, catalogue)).ranked;
  return best?.figures.model ?? findModel(needs.model, key, catalogue);
}

/** Our own count: the most that any endpoint of the model would make. */
export function countInput(chat: ChatRequest, { input }: RequestNeeds, endpoints: readonly Endpoint[]): TokenCount {
  const { characters = new CharacterCounts(), pieces, images, instructed } = input;
  const files = chat.messages.flatMap(({ content }) =>
    Array.isArray(content) ? content.filter(({ type }) => type === 'file') : [],
  ).length;
  const counts = endpoints.map(({ tokenizer }) => countTokens(characters, pieces, tokenizer));
  const most = counts.reduce((one, other) => (other.tokens > one.tokens ? other : one));
  const beside = images * COUNTED_IMAGE_TOKENS + files * COUNTED_FILE_TOKENS;
  return { ...most, tokens: most.tokens + beside + (instructed === true ? TOOL_INSTRUCTION_TOKENS : 0) };
}
