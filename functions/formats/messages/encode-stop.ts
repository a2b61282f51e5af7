import type { CompletionChoice, FinishReason } from '../pivot/chat-completion.ts';

const reasons = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
} as const satisfies Record<FinishReason, string>;

/** Why an answer ended. */
export interface Stop {
  stop_reason: (typeof reasons)[FinishReason] | 'stop_sequence';
  stop_sequence: string | null;
}

type Ended = Pick<CompletionChoice, 'finish_reason' | 'stop_reason' | 'matched_stop'>;

/**
 * Why an answer ended, in Anthropic's word. Which of its request's stop sequences it came to is known where the provider says it;
 * else that is an end like others.
 */
export function encodeStop({ finish_reason, stop_reason, matched_stop }: Ended, stops: readonly string[]): Stop {
  const said = stops.find((stop) => stop === stop_reason || stop === matched_stop);
  if (said !== undefined && finish_reason === 'stop') return { stop_reason: 'stop_sequence', stop_sequence: said };
  return { stop_reason: reasons[finish_reason], stop_sequence: null };
}

/** The limit was reached: the caller's own, the model's, or that of the money. */
export const STOPPED_BY_LIMIT: Stop = { stop_reason: 'max_tokens', stop_sequence: null };
