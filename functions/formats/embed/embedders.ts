import type { EmbeddingShape } from '../../core/endpoints/embedding-rules.ts';
import { cohereEmbedder, titanEmbedder } from './bedrock-embedders.ts';
import type { Embedder } from './embedder.ts';
import { embedContentEmbedder, geminiEmbedder, predictEmbedder } from './gemini-embedders.ts';
import { openaiEmbedder } from './openai-embedder.ts';

/** Every way to ask for embeddings. */
export const embedders: Readonly<Record<EmbeddingShape, Embedder>> = {
  openai: openaiEmbedder,
  gemini: geminiEmbedder,
  predict: predictEmbedder,
  embed_content: embedContentEmbedder,
  titan: titanEmbedder,
  cohere: cohereEmbedder,
};
