const model = 'openai/text-embedding-3-small';
const id = 'req_01M8GDA57C57Y26YT6MWEE71XF';

/** Of `POST /v1/embeddings`, as the document shows them. */
export const embeddingsExamples = {
  body: { model, input: ['Hello', 'from Mesh'], dimensions: 2 },
  reply: {
    object: 'list',
    data: [
      { object: 'embedding', index: 0, embedding: [0.6, -0.8] },
      { object: 'embedding', index: 1, embedding: [0.28, 0.96] },
    ],
    model,
    id,
    provider: 'openai',
    usage: { prompt_tokens: 3, total_tokens: 3, cost: 0.00000006 },
    cost: '0.00000006',
    mesh: {
      request_id: id,
      cost: {
        currency: 'USD',
        amount: '0.00000006',
        usd: '0.00000006',
        inr: '0.00000528',
        fx_rate: '88',
        fx_as_of: '2025-10-01',
        basis: 'exact',
      },
      total_ms: 212,
      settled: true,
      routing: { attempts: 1, fallback: false, model, auto: false, provider: 'openai', region: null, latency_ms: 190 },
    },
  },
};
