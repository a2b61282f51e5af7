import type { Usage } from '../../core/money/usage.ts';

/** OpenAI's counters; `cost` is the one number that is money, because OpenRouter's clients expect it there. */
export function encodeUsage(usage: Usage, usd: string) {
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    prompt_tokens_details: {
      cached_tokens: usage.cacheRead,
      cache_write_tokens: usage.cacheWrite + usage.cacheWrite1h,
      audio_tokens: usage.inputAudio,
    },
    completion_tokens_details: { reasoning_tokens: usage.reasoning },
    cost: Number(usd),
  };
}
