import type { FormatName } from '../../core/endpoints/endpoint.ts';
import type { ChatChunk, ChatCompletion, ChunkDelta, CompletionMessage } from '../pivot/chat-completion.ts';
import type { Facts, WholeFacts } from './facts.ts';

/** Formats whose models write a refusal themselves. Elsewhere it is our word for an end that has none, which nobody pays for. */
const writers: ReadonlySet<FormatName> = new Set(['chat', 'responses']);

/**
 * What a chunk of the pivot amounts to. Read off the chunk in this one place, so that no two formats can disagree. `isLastFinish`:
 * whether a choice that ends in it is the last one that was open.
 */
export function factsOfChunk(
  { choices, usage }: ChatChunk,
  format: FormatName,
  held: (chunk: Facts) => boolean = never,
  isLastFinish = true,
): Facts {
  const texts: string[] = [];
  let marks = 0;
  let token = false;
  let ends = false;
  let finishReason: string | undefined;
  for (const { delta, finish_reason } of choices) {
    marks += addTexts(texts, delta, format);
    if (delta.reasoning_details?.length || delta.tool_calls?.length) token = true;
    if (finish_reason === null) continue;
    marks++;
    ends = true;
    finishReason ??= finish_reason;
  }
  const facts = {
    texts,
    marks,
    usage: usage ?? null,
    token: token || ends || texts.length > 0,
    finished: ends && isLastFinish,
    finishReason,
    last: false,
    held: false,
  };
  facts.held = held(facts);
  return facts;
}

/** The same of a whole answer. */
export function factsOfCompletion({ choices, usage }: ChatCompletion, format: FormatName): WholeFacts {
  const texts: string[] = [];
  let marks = 0;
  for (const { message } of choices) marks += 1 + addTexts(texts, message, format);
  return { texts, marks, usage, finishReason: choices[0]?.finish_reason };
}

/** Adds what can be read; returns how many calls were named. */
function addTexts(texts: string[], from: ChunkDelta | CompletionMessage, format: FormatName): number {
  if (from.content) texts.push(from.content);
  if (from.refusal && writers.has(format)) texts.push(from.refusal);
  if (from.reasoning) texts.push(from.reasoning);
  if (from.tool_calls === undefined) return 0;
  let names = 0;
  for (const { function: called } of from.tool_calls) {
    if (called.name) {
      names++;
      texts.push(called.name);
    }
    if (called.arguments) texts.push(called.arguments);
  }
  return names;
}

function never(): boolean {
  return false;
}
