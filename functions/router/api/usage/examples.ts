const tokens = {
  prompt_tokens: 4,
  completion_tokens: 4,
  total_tokens: 8,
  cached_tokens: 0,
  cache_write_tokens: 0,
  reasoning_tokens: 0,
};
const sums = { requests: 1, errors: 0, ...tokens, cost_usd: '0.000002', cost_inr: '0.000176' };
const latencies = { first_token_p50_ms: 9, first_token_p95_ms: 9 };
const money = { amount: '0.000002', currency: 'USD' };

/** Of `POST /v1/usage`, as the document shows it. */
export const usageExamples = {
  body: { group_by: ['day', 'model'], start: '2026-11-01', end: '2026-12-01' },
  reply: {
    start: '2026-11-01T00:00:00.000Z',
    end: '2026-12-01T00:00:00.000Z',
    data: [{ day: '2026-11-28', model: 'mesh/echo', ...sums, ...money, ...latencies }],
    total: { ...sums, ...money, ...latencies },
    truncated: false,
  },
};

/** Of `POST /v1/usage/events`. */
export const eventsExamples = {
  body: { limit: 50 },
  reply: {
    data: [
      {
        id: 'req_01M8GDA57C57Y26YT6MWEE71XF',
        label: null,
        end_user: null,
        created_at: '2026-11-28T06:26:05.180Z',
        started_at: '2026-11-28T06:26:05.164Z',
        owner_id: 'own_01M8GDA56F8H7XNTJG8H5HPMNF',
        key_id: 'key_01M8GDA57680XVNHNECJHJNNAN',
        requested_model: 'mesh/echo',
        model: 'mesh/echo',
        provider: 'mesh',
        endpoint: 'mesh/echo',
        region: null,
        own_key: null,
        outcome: 'finished',
        finish_reason: 'stop',
        streamed: true,
        surface: 'chat',
        session: null,
        client: 'openai-js',
        metadata: null,
        basis: 'exact',
        ...tokens,
        cost: {
          currency: 'USD',
          amount: '0.000002',
          usd: '0.000002',
          inr: '0.000176',
          fx_rate: '88',
          fx_as_of: '2025-10-01',
          basis: 'exact',
        },
        held: '0.00041',
        overage: '0',
        refunded: '0',
        queue_ms: 1,
        hold_ms: 3,
        first_token_ms: 9,
        total_ms: 16,
        attempts: 1,
        error: null,
        provider_code: null,
        decision: { profile: 'balanced', order: [['mesh/echo', 0, '0.000002', 40]], out: [], of: [1, 0] },
      },
    ],
    next_cursor: null,
    scanned: 1,
    scanned_to: null,
  },
};

/** Of `POST /v1/usage/refusals`. */
export const refusalsExamples = {
  body: { code: 'rate_limit_exceeded' },
  reply: {
    data: [
      {
        minute: '2026-11-28T06:26:00.000Z',
        key_id: 'key_01M8GDA57680XVNHNECJHJNNAN',
        code: 'rate_limit_exceeded',
        count: 3,
      },
    ],
    total: 3,
    truncated: false,
  },
};
