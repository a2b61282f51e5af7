import type { Usage } from '../../core/money/usage.ts';

/** What is said before anything is counted. `input`: likely tokens. */
export function encodeEstimate(input: number) {
  return { input_tokens: input, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 0 };
}

/** Anthropic's counters: its `input_tokens` leaves out what was read from and written to the cache. */
export function encodeUsage({ input, cacheRead, cacheWrite, cacheWrite1h, output, reasoning }: Usage) {
  return {
    input_tokens: input - cacheRead - cacheWrite - cacheWrite1h,
    cache_creation_input_tokens: cacheWrite + cacheWrite1h,
    cache_read_input_tokens: cacheRead,
    cache_creation: { ephemeral_5m_input_tokens: cacheWrite, ephemeral_1h_input_tokens: cacheWrite1h },
    output_tokens: output,
    output_tokens_details: { thinking_tokens: reasoning },
  };
}
