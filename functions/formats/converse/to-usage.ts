import { beyondParts, toReport, toTokens, type Usage } from '../../core/money/usage.ts';
import { isRecord } from '../shared/is-record.ts';

/**
 * Bedrock's counters as totals: its `inputTokens` leaves out what was read from and written to the cache. Reasoning is
 * counted as output and not told apart, and so is what the total has more than all of them. Null where nothing was reported.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
 */
export function toUsage(usage: unknown): Usage | null {
  if (!isRecord(usage)) return null;
  const details = Array.isArray(usage.cacheDetails) ? usage.cacheDetails.filter(isRecord) : [];
  const written = (ttl: string) =>
    details.reduce((sum, detail) => sum + (detail.ttl === ttl ? toTokens(detail.inputTokens) : 0), 0);
  const cacheWrite1h = written('1h');
  const cacheWrites = Math.max(toTokens(usage.cacheWriteInputTokens), written('5m') + cacheWrite1h);
  const cacheRead = toTokens(usage.cacheReadInputTokens);
  const input = toTokens(usage.inputTokens) + cacheRead + cacheWrites;
  const said = toTokens(usage.outputTokens);
  return toReport({
    input,
    cacheRead,
    cacheWrite: cacheWrites - cacheWrite1h,
    cacheWrite1h,
    inputAudio: 0,
    output: said + beyondParts(usage.totalTokens, input + said),
    reasoning: 0,
  });
}
