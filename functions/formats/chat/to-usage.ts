import type { UsageRules } from '../../core/endpoints/endpoint.ts';
import { beyondParts, toReport, toTokens, type Usage } from '../../core/money/usage.ts';
import { isRecord } from '../shared/is-record.ts';

/**
 * OpenAI's counters, which are totals already. Null where nothing usable was reported.
 *
 * A total that is larger than its parts is what is billed: xAI leaves reasoning out of `completion_tokens`, others what the model
 * thought without a word of it; adapters of Claude leave out what was cached, which shows where it is just that much.
 */
export function toUsage(usage: unknown, rules: UsageRules = { cached: null }): Usage | null {
  if (!isRecord(usage)) return null;
  const inputs = isRecord(usage.prompt_tokens_details) ? usage.prompt_tokens_details : {};
  const outputs = isRecord(usage.completion_tokens_details) ? usage.completion_tokens_details : {};
  const prompt = toTokens(usage.prompt_tokens);
  const completion = toTokens(usage.completion_tokens);
  const named = rules.cached === null ? undefined : usage[rules.cached];
  const read = toTokens(named ?? firstCount(readCounters, inputs, usage));
  const written = toTokens(firstCount(writeCounters, inputs, usage));
  const more = beyondParts(usage.total_tokens, prompt + completion);
  const isCacheApart = more > 0 && more === read + written;
  const input = isCacheApart ? prompt + more : prompt;
  const output = isCacheApart ? completion : completion + more;
  return toReport({
    input,
    cacheRead: read,
    cacheWrite: written,
    cacheWrite1h: 0,
    inputAudio: toTokens(inputs.audio_tokens),
    output,
    reasoning: toTokens(outputs.reasoning_tokens),
  });
}

/**
 * The names of the counters of what was read from the cache and written to it, in the prompt's details or at the top of the
 * report: OpenAI; Moonshot and Together; DeepSeek; adapters of Claude, Alibaba; OpenRouter and LiteLLM.
 */
const readCounters = ['cached_tokens', 'prompt_cache_hit_tokens', 'cache_read_input_tokens', 'cache_read_tokens'];
const writeCounters = ['cache_write_tokens', 'cache_creation_input_tokens', 'cache_creation_tokens'];

/** The first that has counted something. */
function firstCount(names: readonly string[], ...places: readonly Readonly<Record<string, unknown>>[]): unknown {
  for (const name of names) for (const place of places) if (toTokens(place[name]) > 0) return place[name];
  return 0;
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
