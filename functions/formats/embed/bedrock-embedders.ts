import { toTokens } from '../../core/money/usage.ts';
import { isRecord } from '../shared/is-record.ts';
import type { EmbedTask } from './embed-request.ts';
import type { Embedder, EmbedReply } from './embedder.ts';
import { readList, readReply, readVector } from './read-vectors.ts';

/** Amazon's Titan, a text at a time. https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html */
export const titanEmbedder: Embedder = {
  request: ({ inputs, dimensions }) => ({
    headers: {},
    body: { inputText: inputs[0]?.text, ...(dimensions === null ? {} : { dimensions }) },
  }),
  read(reply) {
    const { embedding, inputTextTokenCount } = readReply(reply.text);
    return { vectors: [readVector(embedding)], tokens: toTokens(inputTextTokenCount) || headerCount(reply) };
  },
};

/** Cohere tells queries and documents apart; what has no word of its own there is embedded as a document. */
const cohereTasks = {
  document: 'search_document',
  query: 'search_query',
  similarity: 'search_document',
  classification: 'classification',
  clustering: 'clustering',
  question: 'search_query',
  fact: 'search_query',
  code_query: 'search_query',
} as const satisfies Record<EmbedTask, string>;

/**
 * Cohere's models on Bedrock, where what is too long is refused, not cut.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed-v4.html
 */
export const cohereEmbedder: Embedder = {
  request: ({ inputs, dimensions, task }) => ({
    headers: {},
    body: {
      texts: inputs.map(({ text }) => text),
      input_type: cohereTasks[task ?? 'document'],
      embedding_types: ['float'],
      truncate: 'NONE',
      ...(dimensions === null ? {} : { output_dimension: dimensions }),
    },
  }),
  read(reply) {
    const { embeddings } = readReply(reply.text);
    const vectors = readList(isRecord(embeddings) ? embeddings.float : embeddings).map(readVector);
    return { vectors, tokens: headerCount(reply) };
  },
};

/** What Bedrock counted, of any model. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html */
function headerCount({ headers }: EmbedReply): number | null {
  return toTokens(Number(headers['x-amzn-bedrock-input-token-count'])) || null;
}
