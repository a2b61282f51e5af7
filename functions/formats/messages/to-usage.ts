import { addUsage, toReport, toTokens, type Usage } from '../../core/money/usage.ts';
import { isRecord } from '../shared/is-record.ts';

/**
 * Anthropic's counters as totals: its `input_tokens` leaves out what was read from and written to the cache, its
 * `output_tokens` contains the thinking. Both leave out what summaries of the conversation cost (`iterations` of type
 * `compaction`), which is billed. Null where nothing was reported.
 * https://docs.claude.com/en/docs/build-with-claude/prompt-caching#tracking-cache-performance
 * https://platform.claude.com/docs/en/build-with-claude/compaction#understanding-usage
 */
export function toUsage(usage: unknown): Usage | null {
  if (!isRecord(usage)) return null;
  const iterations = Array.isArray(usage.iterations) ? usage.iterations.filter(isRecord) : [];
  const compactions = iterations.filter(({ type }) => type === 'compaction');
  return toReport([usage, ...compactions].map(toTotals).reduce(addUsage));
}

function toTotals(usage: Readonly<Record<string, unknown>>): Usage {
  const written = isRecord(usage.cache_creation) ? usage.cache_creation : {};
  const details = isRecord(usage.output_tokens_details) ? usage.output_tokens_details : {};
  const cacheWrite1h = toTokens(written.ephemeral_1h_input_tokens);
  const byTime = toTokens(written.ephemeral_5m_input_tokens) + cacheWrite1h;
  const cacheWrites = Math.max(toTokens(usage.cache_creation_input_tokens), byTime);
  const cacheRead = toTokens(usage.cache_read_input_tokens);
  return {
    input: toTokens(usage.input_tokens) + cacheRead + cacheWrites,
    cacheRead,
    cacheWrite: cacheWrites - cacheWrite1h,
    cacheWrite1h,
    inputAudio: 0,
    output: toTokens(usage.output_tokens),
    reasoning: toTokens(details.thinking_tokens),
  };
}
