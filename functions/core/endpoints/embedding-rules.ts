/**
 * How a provider is asked for embeddings. `openai`: `/embeddings`, which most servers have. `gemini`: the Gemini API's
 * `batchEmbedContents`. `predict`, `embed_content`: Vertex AI's two. `titan`, `cohere`: the bodies of Bedrock's InvokeModel.
 */
export const embeddingShapes = ['openai', 'gemini', 'predict', 'embed_content', 'titan', 'cohere'] as const;
export type EmbeddingShape = (typeof embeddingShapes)[number];

/** Encodings of texts that are known here, so that ids of tokens can be made text again. */
export const tokenEncodings = ['cl100k_base'] as const;
export type TokenEncoding = (typeof tokenEncodings)[number];

/** What an endpoint of an embedding model takes at once, and what it makes of it. */
export interface EmbeddingRules {
  shape: EmbeddingShape;
  /** Inputs of one request. */
  maxInputs: number;
  /** Tokens of all inputs of one request together; null where only the single input is limited. */
  maxTokens: number | null;
  /** Numbers of a vector, where the request does not say how many; null where that is not known. */
  dimensions: number | null;
  /** What else can be asked for: these alone, or any number from this one up to `dimensions`; null for nothing. */
  shorter: number | readonly number[] | null;
  /**
   * What becomes of ids of tokens in place of texts. `own`: it takes them as they are. An encoding: that is the one its callers'
   * ids are of, and it gets the text. Null: they mean nothing to it.
   */
  tokenIds: 'own' | TokenEncoding | null;
  /** Whether vectors are asked for in base64, which is shorter and exact. */
  base64: boolean;
  /** Whether it is told what the vectors are for. */
  tasks: boolean;
}

/** Whether an endpoint can make vectors of so many numbers; null for those that it makes where nothing is said. */
export function takesDimensions({ dimensions, shorter }: EmbeddingRules, wanted: number | null): boolean {
  if (wanted === null || wanted === dimensions) return true;
  if (shorter === null) return false;
  if (typeof shorter !== 'number') return shorter.includes(wanted);
  return wanted >= shorter && wanted <= (dimensions ?? Number.POSITIVE_INFINITY);
}
