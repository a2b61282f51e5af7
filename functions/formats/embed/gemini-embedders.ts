import { toTokens } from '../../core/money/usage.ts';
import { failureInBody } from '../gemini/failure.ts';
import { isRecord } from '../shared/is-record.ts';
import type { EmbedRequest, EmbedTask } from './embed-request.ts';
import type { Embedder, EmbedReply } from './embedder.ts';
import { garbage, readList, readReply, readVector } from './read-vectors.ts';

/** https://ai.google.dev/api/embeddings#v1beta.TaskType */
export const googleTasks = {
  document: 'RETRIEVAL_DOCUMENT',
  query: 'RETRIEVAL_QUERY',
  similarity: 'SEMANTIC_SIMILARITY',
  classification: 'CLASSIFICATION',
  clustering: 'CLUSTERING',
  question: 'QUESTION_ANSWERING',
  fact: 'FACT_VERIFICATION',
  code_query: 'CODE_RETRIEVAL_QUERY',
} as const satisfies Record<EmbedTask, string>;

/** The Gemini API. https://ai.google.dev/api/embeddings#method:-models.batchembedcontents */
export const geminiEmbedder: Embedder = {
  request: ({ inputs, ...request }, { upstreamModel, embedding }) => ({
    headers: {},
    body: {
      requests: inputs.map(({ text }) => ({
        model: `models/${upstreamModel}`,
        content: contentOf(text),
        ...settingsOf(request, embedding?.tasks === true),
      })),
    },
  }),
  read(reply) {
    const { embeddings, usageMetadata } = read(reply);
    return { vectors: readList(embeddings).map(valuesOf), tokens: countOf(usageMetadata) };
  },
};

/** Vertex AI's newer models, a text at a time. https://cloud.google.com/vertex-ai/generative-ai/docs/embeddings/get-text-embeddings */
export const embedContentEmbedder: Embedder = {
  request({ inputs, ...request }, { embedding }) {
    const settings = { ...settingsOf(request, embedding?.tasks === true), autoTruncate: false };
    return { headers: {}, body: { content: contentOf(inputs[0]?.text ?? null), embedContentConfig: settings } };
  },
  read(reply) {
    const { embedding, usageMetadata } = read(reply);
    return { vectors: [valuesOf(embedding)], tokens: countOf(usageMetadata) };
  },
};

/**
 * Vertex AI's older models. What is too long is refused, not cut.
 * https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api
 */
export const predictEmbedder: Embedder = {
  request: ({ inputs, dimensions, task }, { embedding }) => ({
    headers: {},
    body: {
      instances: inputs.map(({ text }) => ({
        content: text,
        ...(task === null || embedding?.tasks !== true ? {} : { task_type: googleTasks[task] }),
      })),
      parameters: { autoTruncate: false, ...(dimensions === null ? {} : { outputDimensionality: dimensions }) },
    },
  }),
  read(reply) {
    const answers = readList(read(reply).predictions).map((prediction) => {
      if (!isRecord(prediction) || !isRecord(prediction.embeddings)) throw garbage();
      const { statistics } = prediction.embeddings;
      const count = isRecord(statistics) ? toTokens(statistics.token_count) : 0;
      return { vector: valuesOf(prediction.embeddings), count };
    });
    return {
      vectors: answers.map(({ vector }) => vector),
      // One that was not counted leaves the sum unknown.
      tokens: answers.some(({ count }) => count === 0) ? null : answers.reduce((sum, { count }) => sum + count, 0),
    };
  },
};

function contentOf(text: string | null) {
  return { parts: [{ text }] };
}

function settingsOf({ dimensions, task }: Pick<EmbedRequest, 'dimensions' | 'task'>, tasks: boolean) {
  return {
    ...(task === null || !tasks ? {} : { taskType: googleTasks[task] }),
    ...(dimensions === null ? {} : { outputDimensionality: dimensions }),
  };
}

function read({ text }: EmbedReply): Readonly<Record<string, unknown>> {
  const reply = readReply(text);
  const failure = failureInBody(reply);
  if (failure !== null) throw failure;
  return reply;
}

function valuesOf(embedding: unknown) {
  return readVector(isRecord(embedding) ? embedding.values : null);
}

function countOf(usage: unknown): number | null {
  return isRecord(usage) ? toTokens(usage.promptTokenCount) || null : null;
}
