import { beyondParts, toReport, toTokens, type Usage } from '../../core/money/usage.ts';
import { isRecord } from '../shared/is-record.ts';

/**
 * The Responses API's counters, which are totals already. Null where nothing usable was reported. What the total has more than
 * both was thought without a word of it, and is billed as output.
 */
export function toUsage(usage: unknown): Usage | null {
  if (!isRecord(usage)) return null;
  const inputs = isRecord(usage.input_tokens_details) ? usage.input_tokens_details : {};
  const outputs = isRecord(usage.output_tokens_details) ? usage.output_tokens_details : {};
  const input = toTokens(usage.input_tokens);
  const said = toTokens(usage.output_tokens);
  return toReport({
    input,
    cacheRead: toTokens(inputs.cached_tokens),
    cacheWrite: toTokens(inputs.cache_write_tokens),
    cacheWrite1h: 0,
    inputAudio: 0,
    output: said + beyondParts(usage.total_tokens, input + said),
    reasoning: toTokens(outputs.reasoning_tokens),
  });
}
