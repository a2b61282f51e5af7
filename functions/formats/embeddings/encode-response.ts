import type { AnswerBill, AnswerHead } from '../shared/answer.ts';

/**
 * Embeddings as OpenAI's clients read them; cost and routing are ours. `vectors`: each as JSON. It is joined, not built: what is
 * large has been written before.
 */
export function encodeEmbeddings(
  vectors: readonly string[],
  { model, id, provider }: AnswerHead,
  bill: AnswerBill,
): string {
  const entries = vectors.map((vector, index) => `{"object":"embedding","index":${index},"embedding":${vector}}`);
  const rest = JSON.stringify({
    model,
    id,
    provider,
    usage: { prompt_tokens: bill.usage.input, total_tokens: bill.usage.input, cost: Number(bill.usd) },
    cost: bill.usd,
    mesh: bill.mesh,
  });
  return `{"object":"list","data":[${entries.join(',')}],${rest.slice(1)}`;
}
