import type { FinishReason } from '../pivot/chat-completion.ts';

/** How a response ended, in OpenAI's words. */
export interface Ending {
  status: 'completed' | 'incomplete';
  reason: 'max_output_tokens' | 'content_filter' | null;
}

/** A refusal that was put into words is an answer like any other. */
export function outcomeOf(finish: FinishReason | null, refused: boolean): Ending {
  if (finish === 'length') return { status: 'incomplete', reason: 'max_output_tokens' };
  if (finish === 'content_filter' && !refused) return { status: 'incomplete', reason: 'content_filter' };
  return { status: 'completed', reason: null };
}
