import type { UsageRules } from '../../core/endpoints/endpoint.ts';
import { toReport, toTokens, type Usage } from '../../core/money/usage.ts';
import { isRecord } from '../shared/is-record.ts';

/**
 * OpenAI's counters, which are totals already. Null where nothing usable was reported.
 *
 * xAI leaves reasoning out of `completion_tokens`, which shows where `total_tokens` is the sum of all three.
 */
export function toUsage(usage: unknown, rules: UsageRules = { cached: null }): Usage | null {
  if (!isRecord(usage)) return null;
  const inputs = isRecord(usage.prompt_tokens_details) ? usage.prompt_tokens_details : {};
  const outputs = isRecord(usage.completion_tokens_details) ? usage.completion_tokens_details : {};
  const input = toTokens(usage.prompt_tokens);
  const completion = toTokens(usage.completion_tokens);
  const reasoning = toTokens(outputs.reasoning_tokens);
  const isAdditional = usage.total_tokens === input + completion + reasoning;
  const output = isAdditional ? completion + reasoning : completion;
  const named = rules.cached === null ? undefined : usage[rules.cached];
  return toReport({
    input,
    cacheRead: toTokens(named ?? inputs.cached_tokens),
    cacheWrite: toTokens(inputs.cache_write_tokens),
    cacheWrite1h: 0,
    inputAudio: toTokens(inputs.audio_tokens),
    output,
    reasoning,
  });
}

/**
 * The usage in a chunk of a stream. Groq also put it into `x_groq`, and Moonshot puts it into the last choice.
 * https://console.groq.com/docs/text-chat, https://platform.moonshot.ai/docs/api/chat
 */
export function toChunkUsage(chunk: Readonly<Record<string, unknown>>, rules: UsageRules): Usage | null {
  const choice: unknown = Array.isArray(chunk.choices) ? chunk.choices[0] : null;
  const places = [
    chunk.usage,
    isRecord(chunk.x_groq) ? chunk.x_groq.usage : null,
    isRecord(choice) ? choice.usage : null,
  ];
  for (const place of places) {
    const usage = toUsage(place, rules);
    if (usage !== null) return usage;
  }
  return null;
}
