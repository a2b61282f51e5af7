import type { FinishReason } from '../pivot/chat-completion.ts';

/**
 * The reason why a choice ended, by the names of any compatible provider, as OpenAI's. Where there are calls a plain end
 * is `tool_calls`: OpenAI itself says `stop` after a forced call, others always do, and agents stop there. An unknown
 * reason is such a plain end, since clients fail on reasons that they do not know; so is none in a whole reply.
 */
export function mapFinishReason(reason: unknown, hasToolCalls: boolean): FinishReason {
  switch (typeof reason === 'string' ? reason.toLowerCase() : '') {
    case 'length':
    case 'max_tokens':
    case 'model_length': // Mistral: the context is full.
    case 'model_context_window_exceeded': // Z.AI
      return 'length';
    case 'content_filter':
    case 'safety':
    case 'sensitive': // Z.AI
    case 'recitation':
    case 'refusal':
      return 'content_filter';
    default:
      return hasToolCalls ? 'tool_calls' : 'stop';
  }
}
