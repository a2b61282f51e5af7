import type { Usage } from '../../core/money/usage.ts';

/** Gemini's counters: its prompt contains what was read from the cache, and its candidates do not contain the thoughts. */
export function encodeUsage({ input, output, reasoning, cacheRead }: Usage) {
  return {
    promptTokenCount: input,
    candidatesTokenCount: output - reasoning,
    ...(reasoning > 0 ? { thoughtsTokenCount: reasoning } : {}),
    ...(cacheRead > 0 ? { cachedContentTokenCount: cacheRead } : {}),
    totalTokenCount: input + output,
  };
}
