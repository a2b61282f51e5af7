import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { MeshError } from '../../core/errors.ts';
import type { ChatCompletion, CompletionMessage, CompletionToolCall } from '../pivot/chat-completion.ts';
import type { ReasoningDetail } from '../pivot/chat-request.ts';
import { CallIds } from '../shared/call-ids.ts';
import { mapFinishReason, plainEnd } from '../shared/finish-reason.ts';
import { isRecord } from '../shared/is-record.ts';
import { PartPositions } from '../shared/part-positions.ts';
import { textOf } from '../shared/text-of.ts';
import { toArguments } from '../shared/to-arguments.ts';
import { toAnnotations } from './to-annotations.ts';
import { toRefusal } from './to-refusal.ts';
import { toStopped } from './to-stopped.ts';
import { toUsage } from './to-usage.ts';

/** A whole Converse reply as a chat completion. Throws `upstream_error` for a body that holds no message. */
export function fromResponse(body: unknown, endpoint: Endpoint): ChatCompletion {
  const output = isRecord(body) && isRecord(body.output) ? body.output.message : null;
  if (!isRecord(body) || !isRecord(output) || !Array.isArray(output.content)) {
    throw new MeshError('upstream_error', { message: 'The provider sent a reply that is no message.' });
  }
  const message = toMessage(output.content, endpoint);
  message.refusal = toRefusal(body.stopReason);
  const hasCalls = message.tool_calls !== undefined;
  return {
    id: '',
    object: 'chat.completion',
    created: 0,
    model: '',
    choices: [
      {
        index: 0,
        message,
        finish_reason: mapFinishReason(body.stopReason, hasCalls) ?? plainEnd(hasCalls),
        logprobs: null,
        ...toStopped(body.additionalModelResponseFields),
      },
    ],
    usage: toUsage(body.usage),
  };
}

/** A block has one key, which says what it is. Blocks of server tools and of types to come are none of the answer's. */
function toMessage(blocks: readonly unknown[], endpoint: Endpoint): CompletionMessage {
  const positions = new PartPositions();
  const ids = new CallIds();
  const details: ReasoningDetail[] = [];
  const calls: CompletionToolCall[] = [];
  const annotations: NonNullable<CompletionMessage['annotations']> = [];
  let content = '';
  for (const block of blocks) {
    if (!isRecord(block)) continue;
    if (isRecord(block.reasoningContent)) {
      details.push(toDetail(block.reasoningContent, endpoint.reasoning.issuer, positions.take()));
    } else if (isRecord(block.toolUse) && block.toolUse.type !== 'server_tool_use') {
      positions.take();
      calls.push(toCall(block.toolUse, ids.of(textOf(block.toolUse.toolUseId), '')));
    } else {
      const text = textOf(block.text) + citedText(block.citationsContent);
      annotations.push(
        ...toAnnotations(citationsOf(block.citationsContent), content.length, content.length + text.length),
      );
      content += text;
      positions.text(text);
    }
  }
  const reasoning = details.map((detail) => (detail.type === 'reasoning.text' ? detail.text : '')).join('');
  return {
    role: 'assistant',
    content: content === '' ? null : content,
    refusal: null,
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    ...(annotations.length > 0 ? { annotations } : {}),
    ...(reasoning === '' ? {} : { reasoning }),
    ...(details.length > 0 ? { reasoning_details: details } : {}),
  };
}

function toDetail(block: Record<string, unknown>, format: string, index: number): ReasoningDetail {
  const redacted = textOf(block.redactedContent);
  if (redacted !== '') return { type: 'reasoning.encrypted', data: redacted, format, index };
  const thought = isRecord(block.reasoningText) ? block.reasoningText : {};
  const signature = textOf(thought.signature);
  return {
    type: 'reasoning.text',
    text: textOf(thought.text),
    ...(signature === '' ? {} : { signature }),
    format,
    index,
  };
}

function toCall(block: Record<string, unknown>, id: string): CompletionToolCall {
  return { id, type: 'function', function: { name: textOf(block.name), arguments: toArguments(block.input) || '{}' } };
}

function citedText(block: unknown): string {
  if (!isRecord(block) || !Array.isArray(block.content)) return '';
  return block.content.map((piece: unknown) => (isRecord(piece) ? textOf(piece.text) : '')).join('');
}

function citationsOf(block: unknown): unknown[] {
  return isRecord(block) && Array.isArray(block.citations) ? block.citations : [];
}
