const usage = {
  prompt_tokens: 11,
  completion_tokens: 3,
  total_tokens: 14,
  prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0 },
  cost: 0.0000023,
};

const reply = {
  id: 'req_01JDSX6T9G0000000000000000',
  object: 'chat.completion',
  created: 1_796_000_000,
  model: 'mesh/echo',
  system_fingerprint: null,
  choices: [
    { index: 0, message: { role: 'assistant', content: 'Hello from Mesh', refusal: null }, finish_reason: 'stop' },
  ],
  usage,
  cost: '0.0000023',
  mesh: {
    request_id: 'req_01JDSX6T9G0000000000000000',
    cost: {
      currency: 'USD',
      amount: '0.0000023',
      usd: '0.0000023',
      inr: '0.00020355',
      fx_rate: '88.5',
      fx_as_of: '2026-11-27',
      basis: 'exact',
    },
    total_ms: 4,
    settled: true,
    routing: {
      attempts: 1,
      fallback: false,
      model: 'mesh/echo',
      auto: false,
      provider: 'mesh',
      region: null,
      latency_ms: 1,
    },
  },
};

const messages = [{ role: 'user', content: 'Hello from Mesh' }];

/** Of `POST /v1/chat/completions`, as the document shows them. */
export const completionExamples = { body: { model: 'mesh/echo', messages, max_tokens: 100 }, reply };

/** Of `POST /v1/chat/compare`. */
export const comparisonExamples = { body: { models: ['openai/gpt-5-mini', 'anthropic/claude-haiku-4-5'], messages } };
