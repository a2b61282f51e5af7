import type { CompletionChoice } from '../pivot/chat-completion.ts';
import { isRecord } from '../shared/is-record.ts';
import { textOf } from '../shared/text-of.ts';

type Logprobs = NonNullable<CompletionChoice['logprobs']>;
type Token = NonNullable<Logprobs['content']>[number];

/** The log probabilities of some text in chat's form; null where there are none. */
export function toLogprobs(logprobs: unknown): Logprobs | null {
  if (!Array.isArray(logprobs) || logprobs.length === 0) return null;
  const content = logprobs.filter(isRecord).map((token): Token => {
    const top = Array.isArray(token.top_logprobs) ? token.top_logprobs.filter(isRecord) : [];
    return { ...toToken(token), top_logprobs: top.map(toToken) };
  });
  return { content, refusal: null };
}

function toToken(token: Record<string, unknown>): Omit<Token, 'top_logprobs'> {
  return {
    token: textOf(token.token),
    bytes: Array.isArray(token.bytes) ? (token.bytes as number[]) : null,
    logprob: typeof token.logprob === 'number' ? token.logprob : 0,
  };
}
