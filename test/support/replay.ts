import { readFileSync } from 'node:fs';
import type { Usage } from '../../functions/core/money/usage.ts';
import type { ChatChunk, CompletionToolCall, FinishReason } from '../../functions/formats/pivot/chat-completion.ts';
import type { ReasoningDetail } from '../../functions/formats/pivot/chat-request.ts';
import type { StreamDecoder } from '../../functions/formats/pivot/upstream-format.ts';

/** A recording: one event's JSON a line, in `test/recordings/<format>/`. */
export function readRecording(path: string): string[] {
  return readFileSync(new URL(`../recordings/${path}`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}

/** A recorded whole reply. */
export function readReply(path: string): unknown {
  return JSON.parse(readFileSync(new URL(`../recordings/${path}`, import.meta.url), 'utf8'));
}

/** Events as bytes on the wire, `data: …` each; with `eventNames` an `event:` line from the event's own `type`. */
export function toSse(
  events: readonly string[],
  options: { eventNames?: boolean; newline?: string; done?: boolean } = {},
): Uint8Array[] {
  const newline = options.newline ?? '\n';
  const frames = events.map((json) => {
    const name = options.eventNames ? `event: ${(JSON.parse(json) as { type: string }).type}${newline}` : '';
    return `${name}data: ${json}${newline}${newline}`;
  });
  if (options.done) frames.push(`data: [DONE]${newline}${newline}`);
  return frames.map((frame) => new TextEncoder().encode(frame));
}

/** Runs one stream through a decoder, in the pieces given. */
export function decode(decoder: StreamDecoder, pieces: readonly Uint8Array[]): ChatChunk[] {
  return [...pieces.flatMap((piece) => decoder.push(piece)), ...decoder.end()];
}

/** The same bytes cut in the three ways every decoder must not notice. */
export function cuttings(frames: readonly Uint8Array[]): { name: string; pieces: Uint8Array[] }[] {
  const whole = Buffer.concat(frames);
  return [
    { name: 'whole', pieces: [new Uint8Array(whole)] },
    { name: 'an event at a time', pieces: [...frames] },
    { name: 'a byte at a time', pieces: Array.from(whole, (byte) => Uint8Array.of(byte)) },
  ];
}

/** What a client would have put together from the chunks of choice 0. */
export interface Gathered {
  content: string;
  reasoning: string;
  refusal: string;
  details: ReasoningDetail[];
  toolCalls: CompletionToolCall[];
  finishReasons: FinishReason[];
  usage: Usage | null;
}

export function gather(chunks: readonly ChatChunk[]): Gathered {
  const gathered: Gathered = {
    content: '',
    reasoning: '',
    refusal: '',
    details: [],
    toolCalls: [],
    finishReasons: [],
    usage: null,
  };
  for (const chunk of chunks) {
    if (chunk.usage) gathered.usage = chunk.usage;
    for (const { index, delta, finish_reason } of chunk.choices) {
      if (index !== 0) continue;
      gathered.content += delta.content ?? '';
      gathered.reasoning += delta.reasoning ?? '';
      gathered.refusal += delta.refusal ?? '';
      for (const detail of delta.reasoning_details ?? []) mergeDetail(gathered.details, detail);
      for (const call of delta.tool_calls ?? []) {
        const known = gathered.toolCalls[call.index] ?? {
          id: '',
          type: 'function',
          function: { name: '', arguments: '' },
        };
        gathered.toolCalls[call.index] = known;
        if (call.id) known.id = call.id;
        known.function.name += call.function.name ?? '';
        known.function.arguments += call.function.arguments ?? '';
        if (call.thought_signature) known.thought_signature = call.thought_signature;
      }
      if (finish_reason) gathered.finishReasons.push(finish_reason);
    }
  }
  return gathered;
}

function mergeDetail(details: ReasoningDetail[], delta: ReasoningDetail): void {
  const known = details.find(
    (detail) => detail.type === delta.type && detail.index === delta.index && detail.id === delta.id,
  );
  if (known === undefined) {
    details.push({ ...delta });
  } else if (known.type === 'reasoning.text' && delta.type === 'reasoning.text') {
    known.text = (known.text ?? '') + (delta.text ?? '');
    if (delta.signature) known.signature = (known.signature ?? '') + delta.signature;
  } else if (known.type === 'reasoning.summary' && delta.type === 'reasoning.summary') {
    known.summary += delta.summary;
  } else if (known.type === 'reasoning.encrypted' && delta.type === 'reasoning.encrypted') {
    known.data += delta.data;
  }
}
