import type { Vector } from '../embed/embedder.ts';
import type { AnswerBill } from '../shared/answer.ts';

/** A vector as Google's clients read it. */
export function writeValues(vector: Vector): string {
  return `{"values":[${vector.join(',')}]}`;
}

/** Embeddings with what they cost. It is joined, not built: what is large has been written before. */
export function encodeEmbedded(vectors: readonly string[], isBatch: boolean, { usage, usd, mesh }: AnswerBill): string {
  const rest = JSON.stringify({ usageMetadata: { promptTokenCount: usage.input }, cost: usd, mesh });
  const made = isBatch ? `"embeddings":[${vectors.join(',')}]` : `"embedding":${vectors.join('')}`;
  return `{${made},${rest.slice(1)}`;
}
