import { z } from 'zod';

/**
 * What each provider's embeddings refuse, written from its own published schema and nothing of the router's: an unknown field is
 * an error, as it is at most of them.
 */

const text = z.string().min(1);
const ids = z.array(z.int().nonnegative()).min(1);
const positive = z.int().positive();

/** openai 7.57, EmbeddingCreateParams; "any array must be 2048 dimensions or less". */
const openai = z
  .strictObject({
    model: z.enum(['text-embedding-3-small', 'text-embedding-3-large', 'text-embedding-ada-002']),
    input: z.union([text, z.array(text).min(1).max(2_048), ids, z.array(ids).min(1).max(2_048)]),
    dimensions: positive.max(3_072).optional(),
    encoding_format: z.enum(['float', 'base64']).optional(),
    user: z.string().optional(),
  })
  .refine(({ model, dimensions }) => model !== 'text-embedding-ada-002' || dimensions === undefined, {
    message: 'This model does not support specifying dimensions.',
  })
  .refine(
    ({ input }) => !Array.isArray(input) || input.flat().filter((each) => typeof each === 'number').length <= 300_000,
    { message: 'max 300000 tokens per request' },
  );

/** https://docs.mistral.ai/api/endpoint/embeddings; its 400 with code 3210, "Too many inputs in request", beyond 512. */
const mistral = z
  .strictObject({
    model: z.enum(['mistral-embed', 'codestral-embed']),
    input: z.union([text, z.array(text).min(1).max(512)]),
    output_dimension: positive.max(3_072).optional(),
    output_dtype: z.enum(['float', 'int8', 'uint8', 'binary', 'ubinary']).optional(),
    encoding_format: z.enum(['float', 'base64']).optional(),
    metadata: z.record(z.string(), z.unknown()).optional(),
  })
  .refine(({ model, output_dimension }) => model !== 'mistral-embed' || output_dimension === undefined, {
    message: 'mistral-embed does not support output_dimension',
  });

/** https://ai.google.dev/api/embeddings */
const taskType = z.enum([
  'RETRIEVAL_QUERY',
  'RETRIEVAL_DOCUMENT',
  'SEMANTIC_SIMILARITY',
  'CLASSIFICATION',
  'CLUSTERING',
  'QUESTION_ANSWERING',
  'FACT_VERIFICATION',
  'CODE_RETRIEVAL_QUERY',
]);
const content = z.strictObject({ role: z.literal('user').optional(), parts: z.array(z.strictObject({ text })).min(1) });
const settings = {
  taskType: taskType.optional(),
  title: z.string().optional(),
  outputDimensionality: positive.optional(),
};
const batchEmbedContents = z.strictObject({
  requests: z
    .array(z.strictObject({ model: z.string().regex(/^models\//), content, ...settings }))
    .min(1)
    .max(100, 'at most 100 requests can be in one batch'),
});

/** @google/genai 3.1, embedContentParametersPrivateToVertex. */
const embedContent = z.strictObject({
  content,
  embedContentConfig: z.strictObject({ ...settings, autoTruncate: z.boolean().optional() }).optional(),
});

/** https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api */
const predict = (most: number) =>
  z.strictObject({
    instances: z
      .array(z.strictObject({ content: text, task_type: taskType.optional(), title: z.string().optional() }))
      .min(1)
      .max(most),
    parameters: z
      .strictObject({ autoTruncate: z.boolean().optional(), outputDimensionality: positive.optional() })
      .optional(),
  });

/** https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html */
const titan = z.strictObject({
  inputText: text.max(50_000),
  dimensions: z.union([z.literal(1_024), z.literal(512), z.literal(256)]).optional(),
  normalize: z.boolean().optional(),
  embeddingTypes: z.array(z.enum(['float', 'binary'])).optional(),
});

/** https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed-v3.html, and the same of v4. */
const cohere = {
  input_type: z.enum(['search_document', 'search_query', 'classification', 'clustering']),
  embedding_types: z.array(z.enum(['float', 'int8', 'uint8', 'binary', 'ubinary'])).optional(),
};
const cohereV3 = z.strictObject({
  ...cohere,
  texts: z.array(text.max(2_048)).min(1).max(96),
  truncate: z.enum(['NONE', 'START', 'END']).optional(),
});
const cohereV4 = z.strictObject({
  ...cohere,
  texts: z.array(text).min(1).max(96),
  output_dimension: z.union([z.literal(256), z.literal(512), z.literal(1_024), z.literal(1_536)]).optional(),
  max_tokens: positive.max(128_000).optional(),
  truncate: z.enum(['NONE', 'LEFT', 'RIGHT']).optional(),
});

/** What is published for a path; null for what has no embeddings. */
function schemaFor(path: string): z.ZodType | null {
  if (path.endsWith('/embeddings')) return path.includes('/mistral/') ? mistral : openai;
  if (path.endsWith(':batchEmbedContents')) return batchEmbedContents;
  if (path.endsWith(':embedContent')) return embedContent;
  if (path.endsWith(':predict')) return predict(path.includes('gemini-embedding-001') ? 1 : 250);
  if (!path.endsWith('/invoke')) return null;
  if (path.includes('titan')) return titan;
  return path.includes('embed-v4') ? cohereV4 : cohereV3;
}

/** What a provider has against a request for embeddings, in a few words; null for nothing. `path` is as `builtinAt` makes it. */
export function embeddingsRefusal({ path, body }: { path: string; body: string }): string | null {
  const [plain = ''] = path.split('?');
  const schema = schemaFor(decodeURIComponent(plain));
  if (schema === null) return `no embeddings at ${plain}`;
  const { success, error } = schema.safeParse(JSON.parse(body));
  return success ? null : `${error.issues[0]?.path.join('.')}: ${error.issues[0]?.message}`;
}
