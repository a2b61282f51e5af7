import { z } from 'zod';
import { chatRequestSchema, MAX_NAME_LENGTH, MAX_TIMEOUT_SECONDS } from '../pivot/chat-request.ts';
import { encodings } from './write-vector.ts';

/** Texts, or lists of ids of tokens, that one request may have. OpenAI takes 2,048. */
export const MAX_INPUTS = 8_192;

/** What vectors are for, by the names of Cohere, Voyage, OpenRouter and Google, in small letters. */
export const inputTypes = {
  document: 'document',
  search_document: 'document',
  passage: 'document',
  retrieval_document: 'document',
  query: 'query',
  search_query: 'query',
  retrieval_query: 'query',
  semantic_similarity: 'similarity',
  similarity: 'similarity',
  classification: 'classification',
  clustering: 'clustering',
  question_answering: 'question',
  fact_verification: 'fact',
  code_retrieval_query: 'code_query',
} as const;

const id = z.int().nonnegative();
const text = z.string().min(1);

/** The body of `POST /v1/embeddings`, but for the inputs, which are checked one by one. */
export const embeddingsFields = z.object({
  model: z.string().min(1).max(MAX_NAME_LENGTH),
  input: z.unknown(),
  dimensions: z.int().positive().nullish(),
  encoding_format: z.enum(encodings).nullish(),
  input_type: z
    .string()
    .toLowerCase()
    .pipe(z.enum(Object.keys(inputTypes) as [keyof typeof inputTypes]))
    .nullish(),
  user: z.string().nullish(),
  provider: chatRequestSchema.shape.provider,
  weight_profile: chatRequestSchema.shape.weight_profile,
  timeout: z.number().positive().max(MAX_TIMEOUT_SECONDS).nullish(),
});

/** The same, as `/openapi.json` tells it. */
export const embeddingsBody = embeddingsFields.extend({
  input: z
    .union([
      text,
      z.array(text).min(1).max(MAX_INPUTS),
      z.array(id).min(1),
      z.array(z.array(id).min(1)).max(MAX_INPUTS),
    ])
    .describe('A text or several; or ids of tokens in place of each text, of the encoding `cl100k_base`.'),
});
