import type { EmbeddingRules, EmbeddingShape } from '../core/endpoints/embedding-rules.ts';
import type { Capability, FormatName } from '../core/endpoints/endpoint.ts';
import type { EndpointEntry } from './catalogue-file.ts';
import { mistake } from './mistakes.ts';

/** How a provider of a format is usually asked; of Bedrock it depends on the model, and Anthropic has no embeddings. */
const usualShape: Readonly<Partial<Record<FormatName, EmbeddingShape>>> = {
  chat: 'openai',
  responses: 'openai',
  gemini: 'gemini',
};

/** What one request may have, where nobody says more: what the providers' pages say of each shape. */
const usualInputs: Readonly<Record<EmbeddingShape, number>> = {
  // https://platform.openai.com/docs/api-reference/embeddings/create allows 2,048; smaller requests run side by side.
  openai: 256,
  // "at most 100 requests can be in one batch"
  gemini: 100,
  // https://cloud.google.com/vertex-ai/generative-ai/docs/embeddings/get-text-embeddings: 250, and 1 of gemini-embedding-001.
  predict: 250,
  embed_content: 1,
  titan: 1,
  // https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed-v4.html
  cohere: 96,
};

/** The rules of an endpoint of an embedding model. `path` says where its entry stands. */
export function resolveEmbedding(
  format: FormatName,
  entry: NonNullable<EndpointEntry['embedding']>,
  path: readonly PropertyKey[],
): EmbeddingRules {
  const shape = entry.shape ?? usualShape[format];
  if (shape === undefined) throw mistake([...path, 'embedding', 'shape'], `is required with the format ${format}`);
  return {
    shape,
    maxInputs: entry.max_inputs ?? usualInputs[shape],
    maxTokens: entry.max_tokens ?? null,
    dimensions: entry.dimensions ?? null,
    shorter: entry.shorter ?? null,
    tokenIds: entry.token_ids ?? null,
    base64: entry.base64 ?? false,
    tasks: entry.tasks ?? true,
  };
}

/** What of embeddings a request may need; whether the very number of dimensions can be had is seen when it is asked. */
export function embeddingCapabilities({ dimensions, shorter, tokenIds }: EmbeddingRules): ReadonlySet<Capability> {
  const can: Capability[] = [];
  if (dimensions !== null || shorter !== null) can.push('dimensions');
  if (tokenIds !== null) can.push('token_ids');
  return new Set(can);
}
