import type { FinishReason } from '../pivot/chat-completion.ts';
import { classifyFailure, modelFailure } from './failure.ts';

/**
 * Every word for an end that a provider or server is known to use, in lower case with underscores, by OpenAI's word for it.
 * From the SDKs and documents of OpenAI, Anthropic, Google, Amazon, Mistral, Cohere, Z.AI, DeepSeek, Together, xAI, Baidu and
 * AI21, and the sources of vLLM, SGLang, TGI, llama.cpp, Ollama and LM Studio.
 */
const words: Readonly<Record<FinishReason, readonly string[]>> = {
  stop: [
    ...['stop', 'stopped', 'stop_sequence', 'stop_token', 'stop_string', 'stop_string_found', 'stop_word', 'word'],
    ...['eos', 'eos_token', 'eos_found', 'eod', 'endoftext', 'end_of_text', 'end_of_sequence', 'end_token'],
    ...[
      'end',
      'end_turn',
      'end_of_turn',
      'end_of_message',
      'complete',
      'completed',
      'finish',
      'finished',
      'done',
      'normal',
    ],
    // Comes only with tools that run at the provider, which are never asked for.
    'pause_turn',
    // Some servers name the very token that the model stopped at.
    ...['<|eot_id|>', '<|eom_id|>', '<|im_end|>', '<|endoftext|>', '<|end|>', '</s>', '<｜end▁of▁sentence｜>'],
  ],
  length: [
    ...['length', 'length_limit', 'length_limited', 'max_length', 'max_len', 'limit', 'truncated', 'out_of_tokens'],
    ...[
      'max_tokens',
      'max_new_tokens',
      'max_output_tokens',
      'max_completion_tokens',
      'max_output',
      'max_output_reached',
    ],
    ...[
      'max_predicted_tokens_reached',
      'max_token',
      'token_limit',
      'tokens_limit',
      'token_limit_reached',
      'error_limit',
    ],
    ...[
      'model_length',
      'model_max_length',
      'model_context_window_exceeded',
      'context_length',
      'context_length_exceeded',
    ],
    ...['context_length_reached', 'context_window_exceeded', 'max_context', 'max_context_length', 'continuation'],
    // vLLM and Xiaomi stop a model that only repeats itself.
    ...['repetition', 'repetition_truncation'],
  ],
  tool_calls: [
    ...['tool_calls', 'tool_call', 'tool_use', 'tools', 'function_call', 'function_calls', 'function_calling'],
  ],
  content_filter: [
    ...[
      'content_filter',
      'content_filtered',
      'content_policy',
      'content_policy_violation',
      'filtered',
      'guardrail_intervened',
    ],
    ...[
      'safety',
      'sensitive',
      'refusal',
      'recitation',
      'language',
      'blocklist',
      'prohibited_content',
      'spii',
      'model_armor',
    ],
    ...[
      'image_safety',
      'image_prohibited_content',
      'image_recitation',
      'escalation',
      'error_toxic',
      'moderation',
      'blocked',
    ],
  ],
};

const reasons = new Map<string, FinishReason>(
  Object.entries(words).flatMap(([reason, names]) => names.map((name) => [name, reason as FinishReason] as const)),
);
const modelFailures = new Set(['unexpected_tool_call', 'too_many_tool_calls', 'missing_thought_signature', 'other']);
/** What says that there is no reason yet. */
const silent = new Set(['', 'null', 'none', 'unspecified']);

/**
 * Why an answer ended, in OpenAI's word; null where nothing says that it has. Where there are calls a plain end is `tool_calls`:
 * OpenAI itself says `stop` after a forced call, others always do, and agents stop there.
 *
 * Throws `upstream_error` for any other reason: the model, its server or the network failed (`abort`, `error`,
 * `MALFORMED_FUNCTION_CALL`), or nobody knows what it means. What may be half of an answer must not look whole.
 */
export function mapFinishReason(reason: unknown, hasToolCalls: boolean): FinishReason | null {
  if (typeof reason !== 'string') return null;
  const name = reason
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[\s-]+/g, '_')
    .replace(/^(finish_|stop_)?reason_/, '');
  if (silent.has(name)) return null;
  const known = reasons.get(name);
  if (known === undefined) {
    throw isOfModel(name) ? modelFailure(reason) : classifyFailure(500, {}, { code: reason, message: '' });
  }
  return known === 'length' || known === 'content_filter' ? known : plainEnd(hasToolCalls);
}

/** Whether the model failed to write an answer (Gemini, Bedrock), and not its server to give it. */
function isOfModel(name: string): boolean {
  return name.includes('malformed') || modelFailures.has(name);
}

/** The end of an answer that has ended by itself. */
export function plainEnd(hasToolCalls: boolean): FinishReason {
  return hasToolCalls ? 'tool_calls' : 'stop';
}
