const usage = {
  prompt_tokens: 4,
  completion_tokens: 4,
  total_tokens: 8,
  prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0 },
  cost: 0.000002,
};

const reply = {
  id: 'req_01M8GDA57C57Y26YT6MWEE71XF',
  object: 'chat.completion',
  created: 1_795_847_165,
  model: 'mesh/echo',
  provider: 'mesh',
  system_fingerprint: 'fp_3f9c2a51b07d84e6',
  choices: [
    { index: 0, message: { role: 'assistant', content: 'Hello from Mesh', refusal: null }, finish_reason: 'stop' },
  ],
  usage,
  cost: '0.000002',
  mesh: {
    request_id: 'req_01M8GDA57C57Y26YT6MWEE71XF',
    cost: {
      currency: 'USD',
      amount: '0.000002',
      usd: '0.000002',
      inr: '0.000176',
      fx_rate: '88',
      fx_as_of: '2025-10-01',
      basis: 'exact',
    },
    total_ms: 16,
    settled: true,
    routing: {
      attempts: 1,
      fallback: false,
      model: 'mesh/echo',
      auto: false,
      provider: 'mesh',
      region: null,
      latency_ms: 2,
    },
  },
};

const messages = [{ role: 'user', content: 'Hello from Mesh' }];

/** Of `POST /v1/chat/completions`, as the document shows them: what the built-in echo answers. */
export const completionExamples = { body: { model: 'mesh/echo', messages, max_tokens: 100 }, reply };

/** Of `POST /v1/chat/compare`. */
export const comparisonExamples = { body: { models: ['openai/gpt-5-mini', 'anthropic/claude-haiku-4-5'], messages } };
