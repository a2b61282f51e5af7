import type { ChatChunk } from '../pivot/chat-completion.ts';

/** What a chunk says, and then its ends alone, with its usage: what can be read does not wait where an end has to. */
export function splitFinish(chunk: ChatChunk): [said: ChatChunk, ends: ChatChunk] {
  const { usage: _, ...rest } = chunk;
  const said = chunk.choices.map(({ index, delta, logprobs }) => ({
    index,
    delta,
    finish_reason: null,
    ...(logprobs === undefined ? {} : { logprobs }),
  }));
  const ends = chunk.choices.flatMap(({ logprobs: _, ...choice }) =>
    choice.finish_reason === null ? [] : [{ ...choice, delta: {} }],
  );
  return [
    { ...rest, choices: said },
    { ...chunk, choices: ends },
  ];
}
