/** Anthropic's reasons whose word OpenAI has another for; all others are plain ends. */
const words: Readonly<Record<string, string>> = {
  tool_use: 'tool_calls',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  refusal: 'content_filter',
};

/** Why a relayed answer ended, in OpenAI's words, for what is kept of it; null where it has not. A new reason is no mistake here. */
export function finishReasonOf(stopReason: unknown): string | null {
  return typeof stopReason === 'string' ? (words[stopReason] ?? 'stop') : null;
}
