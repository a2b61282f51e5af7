import type { CompletionChoice } from '../pivot/chat-completion.ts';
import { isRecord } from '../shared/is-record.ts';
import { textOf } from '../shared/text-of.ts';

type Logprobs = NonNullable<CompletionChoice['logprobs']>;
type TopLogprob = NonNullable<Logprobs['content']>[number]['top_logprobs'][number];

/** Gemini's `logprobsResult`; null where there is none. The bytes of a token are not told. */
export function toLogprobs(result: unknown): Logprobs | null {
  if (!isRecord(result) || !Array.isArray(result.chosenCandidates)) return null;
  const top: unknown[] = Array.isArray(result.topCandidates) ? result.topCandidates : [];
  return {
    content: result.chosenCandidates.map((chosen: unknown, index) => ({
      ...toToken(chosen),
      top_logprobs: toTop(top[index]),
    })),
    refusal: null,
  };
}

function toTop(step: unknown): TopLogprob[] {
  return isRecord(step) && Array.isArray(step.candidates) ? step.candidates.map(toToken) : [];
}

function toToken(candidate: unknown): TopLogprob {
  const { token, logProbability } = isRecord(candidate) ? candidate : {};
  // A probability of one is the default of the field, which is left out on the wire.
  return { token: textOf(token), logprob: typeof logProbability === 'number' ? logProbability : 0, bytes: null };
}
