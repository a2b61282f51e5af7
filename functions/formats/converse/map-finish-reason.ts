import type { FinishReason } from '../pivot/chat-completion.ts';

/**
 * Bedrock's stop reason as OpenAI's. A reason without a counterpart (`malformed_tool_use`, ones to come) is a stop: the model
 * has ended, and clients fail on reasons that they do not know.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_ResponseSyntax
 */
export function mapFinishReason(stopReason: unknown, hasToolCalls: boolean): FinishReason {
  switch (stopReason) {
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'guardrail_intervened':
    case 'content_filtered':
    case 'refusal':
      return 'content_filter';
    default:
      return hasToolCalls ? 'tool_calls' : 'stop';
  }
}
