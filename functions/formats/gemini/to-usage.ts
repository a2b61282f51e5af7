import { beyondParts, toReport, toTokens, type Usage } from '../../core/money/usage.ts';
import { isRecord } from '../shared/is-record.ts';

/**
 * Gemini's counters as totals: its prompt contains what was read from the cache, but not the results of its own tools, and
 * its candidates do not contain the thoughts. What the total has more than all of them is output: thoughts that were not told
 * apart. Cached audio counts as cached, so that no token is counted twice. Null where
 * nothing was counted: Vertex also sends a `usageMetadata` that only names the type of traffic.
 * https://ai.google.dev/api/generate-content#UsageMetadata
 */
export function toUsage(usage: unknown): Usage | null {
  if (!isRecord(usage)) return null;
  const audio =
    audioTokens(usage.promptTokensDetails) +
    audioTokens(usage.toolUsePromptTokensDetails) -
    audioTokens(usage.cacheTokensDetails);
  const reasoning = toTokens(usage.thoughtsTokenCount);
  const said = toTokens(usage.candidatesTokenCount) + reasoning;
  const input = toTokens(usage.promptTokenCount) + toTokens(usage.toolUsePromptTokenCount);
  return toReport({
    input,
    cacheRead: toTokens(usage.cachedContentTokenCount),
    cacheWrite: 0,
    cacheWrite1h: 0,
    inputAudio: Math.max(0, audio),
    output: said + beyondParts(usage.totalTokenCount, input + said),
    reasoning,
  });
}

function audioTokens(details: unknown): number {
  if (!Array.isArray(details)) return 0;
  const audio = details.filter((detail: unknown) => isRecord(detail) && detail.modality === 'AUDIO');
  return audio.reduce((sum: number, detail: Record<string, unknown>) => sum + toTokens(detail.tokenCount), 0);
}
