import type { FinishReason } from '../pivot/chat-completion.ts';

/**
 * Anthropic's stop reason as OpenAI's. `pause_turn` comes only with server tools, which are never sent. A reason that is
 * not known yet is a stop: the answer is whole, and clients fail on reasons that they do not know.
 * https://docs.claude.com/en/api/handling-stop-reasons
 */
export function mapFinishReason(stopReason: unknown, hasToolCalls: boolean): FinishReason {
  switch (stopReason) {
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'refusal':
      return 'content_filter';
    default:
      return hasToolCalls ? 'tool_calls' : 'stop';
  }
}
