import type {
  ChatChunk,
  ChatCompletion,
  ChunkChoice,
  ChunkDelta,
  CompletionMessage,
} from '../pivot/chat-completion.ts';
import type { AnswerBill } from '../shared/answer.ts';
import { interleave } from '../shared/interleave.ts';
import type { OwnerSeal } from '../shared/owner-seal.ts';
import { type AnswerPart, AnswerParts } from './answer-parts.ts';
import { encodeFinish } from './encode-finish.ts';
import { encodeLogprobs } from './encode-logprobs.ts';
import { encodeUsage } from './encode-usage.ts';

interface Candidate {
  parts: AnswerParts;
  finishReason: ReturnType<typeof encodeFinish> | null;
}

/** What is known before the first byte. */
export interface ResponseHead {
  id: string;
  model: string;
}

/**
 * Turns chunks of the pivot into responses of `generateContent`, each with what came since the last. What ends the answer comes with
 * the bill, so that a stream that broke never looks whole.
 */
export class AnswerResponses {
  readonly #head: ResponseHead;
  readonly #shows: boolean;
  readonly #seal: OwnerSeal;
  readonly #candidates = new Map<number, Candidate>();

  constructor(head: ResponseHead, shows: boolean, seal: OwnerSeal) {
    this.#head = head;
    this.#shows = shows;
    this.#seal = seal;
  }

  /** A response for each choice that says something which can leave now. */
  add({ choices }: ChatChunk): string[] {
    return choices.flatMap((choice) => {
      const parts = this.#add(choice);
      const logprobs = encodeLogprobs(choice.logprobs);
      if (parts.length === 0 && Object.keys(logprobs).length === 0) return [];
      return [this.#write([{ ...contentOf(parts), ...logprobs, index: choice.index }])];
    });
  }

  /** The last response: what is left of all candidates, and the bill. `stopped`: its money ended before it did. */
  end(bill: AnswerBill, stopped: boolean): string {
    if (this.#candidates.size === 0) this.#candidateOf(0);
    const candidates = [...this.#candidates].map(([index, { parts, finishReason }]) => ({
      ...contentOf(parts.end(stopped)),
      finishReason: finishReason ?? (stopped ? 'MAX_TOKENS' : 'STOP'),
      index,
    }));
    return this.#write(candidates, bill);
  }

  /** A whole answer in one response. */
  whole({ choices }: ChatCompletion, bill: AnswerBill): string {
    const candidates = choices.map(({ index, message, finish_reason, logprobs }) => {
      const parts = new AnswerParts(this.#shows, this.#seal);
      const said = deltasOf(message).flatMap((delta) => parts.add(delta));
      return {
        ...contentOf([...said, ...parts.end(false)]),
        finishReason: encodeFinish(finish_reason),
        ...encodeLogprobs(logprobs),
        index,
      };
    });
    return this.#write(candidates, bill);
  }

  #add({ index, delta, finish_reason }: ChunkChoice): AnswerPart[] {
    const candidate = this.#candidateOf(index);
    if (finish_reason !== null) candidate.finishReason = encodeFinish(finish_reason);
    return candidate.parts.add(delta);
  }

  #candidateOf(index: number): Candidate {
    const known = this.#candidates.get(index) ?? {
      parts: new AnswerParts(this.#shows, this.#seal),
      finishReason: null,
    };
    this.#candidates.set(index, known);
    return known;
  }

  #write(candidates: readonly object[], bill: AnswerBill | null = null): string {
    const { id, model } = this.#head;
    return JSON.stringify({
      candidates,
      ...(bill === null ? {} : { usageMetadata: encodeUsage(bill.usage) }),
      modelVersion: model,
      responseId: id,
      ...(bill === null ? {} : { cost: bill.usd, mesh: bill.mesh }),
    });
  }
}

/** As Gemini itself ends a stream: clients take a content without parts for a broken one. */
function contentOf(parts: readonly AnswerPart[]) {
  return { content: { parts: parts.length > 0 ? parts : [{ text: '' }], role: 'model' } };
}

/** A message as a stream would have said it, each thought where it stood. */
function deltasOf({ content, refusal, reasoning, reasoning_details, tool_calls }: CompletionMessage): ChunkDelta[] {
  const thoughts = (reasoning_details ?? []).map((detail) => ({
    index: detail.index ?? null,
    part: { reasoning_details: [detail] } as ChunkDelta,
  }));
  const untold: ChunkDelta[] = reasoning && reasoning_details === undefined ? [{ reasoning }] : [];
  const texts = [content, refusal].flatMap((text): ChunkDelta[] => (text ? [{ content: text }] : []));
  const calls = (tool_calls ?? []).map((call, index): ChunkDelta => ({ tool_calls: [{ ...call, index }] }));
  return interleave(thoughts, [...untold, ...texts, ...calls]);
}
