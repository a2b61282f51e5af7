import { CustomCalls } from '../../../formats/chat/custom-calls.ts';
import { encodeCompletion } from '../../../formats/chat/encode-response.ts';
import { ChatFrames } from '../../../formats/chat/encode-stream.ts';
import { parseChatRequest } from '../../../formats/chat/parse-request.ts';
import { openaiSurface } from '../../../formats/chat/surface.ts';
import type { ChatChunk, ChatCompletion } from '../../../formats/pivot/chat-completion.ts';
import type { PivotRequest } from '../../../formats/pivot/upstream-format.ts';
import type { Facts } from '../../../formats/shared/facts.ts';
import { showsReasoning } from '../../../formats/shared/reasoning.ts';
import { DONE_FRAME, EVENT_STREAM } from '../../../formats/shared/sse.ts';
import { inSlices } from '../../../platform/in-slices.ts';
import type { Encoder, Head, Operation, Parsed } from '../../way/operation.ts';
import { chatNeeds } from '../shared/chat-needs.ts';
import { translated } from '../shared/translated.ts';

/** `POST /v1/chat/completions`. */
export const chatOperation: Operation<PivotRequest, ChatChunk, ChatCompletion> = {
  name: 'chat',
  surface: openaiSurface,
  takesTemplates: true,
  parse: async ({ body }, defaults) => toParsed(await inSlices(parseChatRequest(body, defaults))),
  needs: ({ chat }, key) => chatNeeds(chat, key),
  exchange: (request, { meshSdk }, endpoint) =>
    translated(request, endpoint, hasUsageFrame(request, meshSdk) ? undefined : isFinished),
  encoder: (request, head) => encodeChat(request, head),
};

export function toParsed(request: PivotRequest): Parsed<PivotRequest> {
  const { stream, timeout, user } = request.chat;
  const { safety_identifier } = request.raw;
  return {
    request,
    body: request.raw,
    streamType: stream === true ? EVENT_STREAM : null,
    user: user ?? (typeof safety_identifier === 'string' ? safety_identifier : null),
    timeoutMs: timeout == null ? null : timeout * 1_000,
  };
}

/**
 * Whether usage and cost come in a frame of their own, without choices. Clients that did not ask for one fail on it: OpenAI's own
 * examples read the first choice of every frame.
 */
function hasUsageFrame({ chat }: PivotRequest, meshSdk: boolean): boolean {
  return meshSdk || chat.stream_options?.include_usage === true;
}

/** The frame that ends an answer carries the bill where no other one does, so it waits for the charge. */
function isFinished({ finished }: Facts): boolean {
  return finished;
}

/** `marks`: what every frame says beside its answer. `end`: what ends the stream. */
export function encodeChat(
  request: PivotRequest,
  head: Head,
  { marks = {}, end = DONE_FRAME }: { marks?: Readonly<Record<string, unknown>>; end?: string } = {},
): Encoder<ChatChunk, ChatCompletion> {
  const showReasoning = showsReasoning(request.chat);
  const usageFrame = hasUsageFrame(request, head.meshSdk);
  let begun: ChatFrames | null = null;
  const frames = () => {
    begun ??= new ChatFrames(head, { showReasoning, usageFrame, marks });
    return begun;
  };
  const calls = new CustomCalls(request.customTools);
  return {
    frames: (chunks) => frames().encode(calls.chunks(chunks)),
    last: (held, bill, stopped) => frames().encodeEnd(calls.chunks(held), bill, stopped) + end,
    fail: (error) => openaiSurface.frame(head.refusal(error)),
    whole: (completion, bill) => encodeCompletion(calls.completion(completion), head, bill, showReasoning),
  };
}
