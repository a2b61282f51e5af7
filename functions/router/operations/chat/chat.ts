import { CustomCalls } from '../../../formats/chat/custom-calls.ts';
import { encodeCompletion } from '../../../formats/chat/encode-response.ts';
import { ChatFrames } from '../../../formats/chat/encode-stream.ts';
import { parseChatRequest } from '../../../formats/chat/parse-request.ts';
import { openaiSurface } from '../../../formats/chat/surface.ts';
import type { ChatChunk, ChatCompletion } from '../../../formats/pivot/chat-completion.ts';
import type { PivotRequest } from '../../../formats/pivot/upstream-format.ts';
import { showsReasoning } from '../../../formats/shared/reasoning.ts';
import { DONE_FRAME, EVENT_STREAM } from '../../../formats/shared/sse.ts';
import type { Encoder, Head, Operation, Parsed } from '../../way/operation.ts';
import { chatNeeds } from '../shared/chat-needs.ts';
import { translated } from '../shared/translated.ts';

/** `POST /v1/chat/completions`. */
export const chatOperation: Operation<PivotRequest, ChatChunk, ChatCompletion> = {
  name: 'chat',
  surface: openaiSurface,
  parse: ({ body }, defaults) => toParsed(parseChatRequest(body, defaults)),
  needs: ({ chat }, key) => chatNeeds(chat, key),
  exchange: (request, _ask, endpoint) => translated(request, endpoint),
  encoder: (request, head) => encodeChat(request, head),
};

export function toParsed(request: PivotRequest): Parsed<PivotRequest> {
  const { stream, timeout } = request.chat;
  return {
    request,
    body: request.raw,
    streamType: stream === true ? EVENT_STREAM : null,
    timeoutMs: timeout == null ? null : timeout * 1_000,
  };
}

/** `marks`: what every frame says beside its answer. `end`: what ends the stream. */
export function encodeChat(
  { chat, customTools }: PivotRequest,
  head: Head,
  { marks = {}, end = DONE_FRAME }: { marks?: Readonly<Record<string, unknown>>; end?: string } = {},
): Encoder<ChatChunk, ChatCompletion> {
  const shows = showsReasoning(chat);
  const frames = new ChatFrames(head, shows, marks);
  const calls = new CustomCalls(customTools);
  return {
    frames: (chunks) => frames.encode(calls.chunks(chunks)),
    last: (held, bill, stopped) =>
      `${frames.encode(calls.chunks(held))}${stopped ? frames.encodeStop() : ''}${frames.encodeLast(bill)}${end}`,
    fail: (error) => openaiSurface.frame(head.refusal(error)),
    whole: (completion, bill) => encodeCompletion(calls.completion(completion), head, bill, shows),
  };
}
