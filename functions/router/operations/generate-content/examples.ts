import { completionExamples } from '../chat/examples.ts';
import { embeddingsExamples } from '../embeddings/examples.ts';

const { id, model, cost, mesh } = completionExamples.reply;
const contents = [{ role: 'user', parts: [{ text: 'Hello from Mesh' }] }];

/** Of `:generateContent` and `:streamGenerateContent`, as the document shows them: what the built-in echo answers. */
export const generateExamples = {
  body: { contents, generationConfig: { maxOutputTokens: 100 } },
  reply: {
    candidates: [{ content: { parts: [{ text: 'Hello from Mesh' }], role: 'model' }, finishReason: 'STOP', index: 0 }],
    usageMetadata: { promptTokenCount: 4, candidatesTokenCount: 4, totalTokenCount: 8 },
    modelVersion: model,
    responseId: id,
    cost,
    mesh,
  },
};

/** Of `:countTokens`. */
export const countExamples = {
  body: { contents },
  reply: { totalTokens: 31, mesh: { basis: 'counted', factor: 1.1 } },
};

const content = { parts: [{ text: 'Hello' }] };
const vector = { values: [0.6, -0.8] };
const told = {
  usageMetadata: { promptTokenCount: 1 },
  cost: embeddingsExamples.reply.cost,
  mesh: embeddingsExamples.reply.mesh,
};

/** Of `:embedContent`. */
export const embedExamples = { body: { content, outputDimensionality: 2 }, reply: { embedding: vector, ...told } };

/** Of `:batchEmbedContents`. */
export const batchEmbedExamples = {
  body: { requests: [{ content, outputDimensionality: 2 }] },
  reply: { embeddings: [vector], ...told },
};
