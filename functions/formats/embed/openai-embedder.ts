import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { toTokens } from '../../core/money/usage.ts';
import { failureInBody } from '../chat/failure.ts';
import { isRecord } from '../shared/is-record.ts';
import type { EmbedRequest } from './embed-request.ts';
import type { Embedder, Vector } from './embedder.ts';
import { garbage, readList, readReply, readVector } from './read-vectors.ts';

/**
 * OpenAI's embeddings, and those of the many that are compatible. https://platform.openai.com/docs/api-reference/embeddings,
 * https://docs.mistral.ai/api/endpoint/embeddings. What a provider calls otherwise is renamed by its rules.
 */
export const openaiEmbedder: Embedder = {
  request: ({ inputs, dimensions, user }: EmbedRequest, { upstreamModel, embedding, request }: Endpoint) => ({
    headers: {},
    body: {
      model: upstreamModel,
      input: inputs.map(({ text, ids }) => (ids !== null && embedding?.tokenIds === 'own' ? ids : text)),
      encoding_format: embedding?.base64 === true ? 'base64' : 'float',
      ...(dimensions === null ? {} : { dimensions }),
      ...(user === null || !request.fields.includes('user') ? {} : { user }),
    },
  }),
  read({ text }) {
    const reply = readReply(text);
    const failure = failureInBody(reply);
    if (failure !== null) throw failure;
    const entries = readList(reply.data);
    const vectors = new Array<Vector | undefined>(entries.length).fill(undefined);
    for (const [at, entry] of entries.entries()) {
      if (!isRecord(entry)) throw garbage();
      const { index = at, embedding } = entry;
      // Which input it is of says the index; a server may answer in another order.
      if (typeof index !== 'number' || !(index in vectors) || vectors[index] !== undefined) throw garbage();
      vectors[index] = readVector(embedding);
    }
    return { vectors: vectors as Vector[], tokens: countOf(reply.usage) };
  },
};

function countOf(usage: unknown): number | null {
  if (!isRecord(usage)) return null;
  return toTokens(usage.prompt_tokens) || toTokens(usage.total_tokens) || null;
}
