import type { ChunkChoice } from '../pivot/chat-completion.ts';

type Logprobs = NonNullable<ChunkChoice['logprobs']>;
type Token = { token: string; logprob: number };

/** Probabilities of tokens as Gemini says them; nothing where there are none. */
export function encodeLogprobs(logprobs: Logprobs | null | undefined) {
  const content = logprobs?.content ?? [];
  if (content.length === 0) return {};
  return {
    logprobsResult: {
      chosenCandidates: content.map(toCandidate),
      topCandidates: content.map(({ top_logprobs }) => ({ candidates: top_logprobs.map(toCandidate) })),
    },
  };
}

function toCandidate({ token, logprob }: Token) {
  return { token, logProbability: logprob };
}
