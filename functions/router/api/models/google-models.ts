import { z } from 'zod';
import type { Model } from '../../../catalogue/catalogue.ts';
import { invalid } from '../../../formats/shared/refusals.ts';
import { authenticate } from '../../access/authenticate.ts';
import type { Call } from '../../http/call.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { findVisible, isVisible } from './models.ts';

/** Models on one page, where nothing is said, and at most. https://ai.google.dev/api/models#query-parameters_1 */
const PAGE_SIZE = 50;
export const MAX_GOOGLE_PAGE = 1_000;

export const googleModelsQuery = z.object({
  pageSize: z.coerce.number().int().positive().optional().describe(`Models on a page: ${PAGE_SIZE} if not said.`),
  pageToken: z.string().optional().describe('`nextPageToken` of the page before.'),
});

export const googleModel = z.object({
  name: z.string().describe('`models/` and the id.'),
  baseModelId: z.string(),
  version: z.string(),
  displayName: z.string(),
  description: z.string(),
  inputTokenLimit: z.int().nonnegative(),
  outputTokenLimit: z.int().nonnegative(),
  supportedGenerationMethods: z.array(z.string()),
  thinking: z.boolean(),
});
export const googleModelList = z.object({ models: z.array(googleModel), nextPageToken: z.string().optional() });

/** `GET /v1beta/models`: the models of a key, page by page, as Google's clients read them. */
export async function listGoogleModels(call: Call, services: Services): Promise<Reply> {
  const key = await authenticate(call, services.keys);
  const { pageSize = PAGE_SIZE, pageToken = '0' } = readQuery(call.query);
  const from = Number(pageToken);
  if (!Number.isSafeInteger(from) || from < 0) throw invalid('pageToken', 'pageToken: There is no such page.');
  const until = from + Math.min(pageSize, MAX_GOOGLE_PAGE);
  const visible = [...services.catalogueOf(key).models.values()].filter((model) => isVisible(model, key));
  const models = visible.slice(from, until).map(toGoogleModel);
  return { status: 200, body: { models, ...(until < visible.length ? { nextPageToken: String(until) } : {}) } };
}

/** `GET /v1beta/models/{model}`, by any of its names. */
export async function getGoogleModel(call: Call, services: Services, name: string): Promise<Reply> {
  const key = await authenticate(call, services.keys);
  return { status: 200, body: toGoogleModel(findVisible(services.catalogueOf(key), key, name)) };
}

/** Both by either of the names that the API takes. */
function readQuery(query: URLSearchParams): z.infer<typeof googleModelsQuery> {
  const pageSize = Number(query.get('pageSize') ?? query.get('page_size') ?? PAGE_SIZE);
  if (!Number.isSafeInteger(pageSize) || pageSize < 0) throw invalid('pageSize', 'pageSize: It must be a number.');
  const pageToken = query.get('pageToken') ?? query.get('page_token');
  return { pageSize: pageSize || PAGE_SIZE, ...(pageToken ? { pageToken } : {}) };
}

const methods = {
  chat: ['generateContent', 'streamGenerateContent', 'countTokens'],
  embedding: ['embedContent', 'batchEmbedContents'],
} as const satisfies Record<Model['type'], readonly string[]>;

function toGoogleModel({ id, name, description, type, contextLength, maxOutputTokens, capabilities }: Model) {
  return {
    name: `models/${id}`,
    baseModelId: id,
    version: '001',
    displayName: name,
    description: description ?? '',
    inputTokenLimit: contextLength,
    outputTokenLimit: maxOutputTokens,
    supportedGenerationMethods: methods[type],
    thinking: capabilities.has('reasoning'),
  };
}
