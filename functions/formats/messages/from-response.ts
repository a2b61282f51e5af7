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
import { failureInBody } from './failure.ts';
import { toAnnotations } from './to-annotations.ts';
import { toRefusal } from './to-refusal.ts';
import { toUsage } from './to-usage.ts';

/** A whole Anthropic message as a chat completion. Throws `upstream_error` for a body that is no message. */
export function fromResponse(body: unknown, endpoint: Endpoint): ChatCompletion {
  const failed = failureInBody(body);
  if (failed !== null) throw failed;
  if (!isRecord(body) || !Array.isArray(body.content)) {
    throw new MeshError('upstream_error', { message: 'The provider sent a reply that is no message.' });
  }
  const message = toMessage(body.content, textOf(body.id), endpoint);
  message.refusal = toRefusal(body.stop_reason, body.stop_details);
  const hasCalls = message.tool_calls !== undefined;
  return {
    id: textOf(body.id),
    object: 'chat.completion',
    created: 0,
    model: textOf(body.model),
    choices: [
      {
        index: 0,
        message,
        finish_reason: mapFinishReason(body.stop_reason, hasCalls) ?? plainEnd(hasCalls),
        logprobs: null,
      },
    ],
    usage: toUsage(body.usage),
  };
}

function toMessage(blocks: readonly unknown[], answerId: string, endpoint: Endpoint): CompletionMessage {
  const positions = new PartPositions();
  const ids = new CallIds();
  const format = endpoint.reasoning.issuer;
  const details: ReasoningDetail[] = [];
  const calls: CompletionToolCall[] = [];
  const annotations: NonNullable<CompletionMessage['annotations']> = [];
  let content = '';
  let reasoning = '';
  for (const block of blocks) {
    if (!isRecord(block)) continue;
    switch (block.type) {
      case 'text': {
        const text = textOf(block.text);
        annotations.push(...toAnnotations(block.citations, content.length, content.length + text.length));
        content += text;
        positions.text(text);
        break;
      }
      case 'thinking': {
        const text = textOf(block.thinking);
        const signature = textOf(block.signature);
        reasoning += text;
        details.push({
          type: 'reasoning.text',
          text,
          ...(signature === '' ? {} : { signature }),
          format,
          index: positions.take(),
        });
        break;
      }
      case 'redacted_thinking':
        details.push({
          type: 'reasoning.encrypted',
          data: textOf(block.data),
          format,
          index: positions.take(),
        });
        break;
      case 'tool_use':
        positions.take();
        calls.push(toCall(block, ids.of(textOf(block.id), answerId)));
        break;
    }
  }
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

function toCall(block: Record<string, unknown>, id: string): CompletionToolCall {
  return { id, type: 'function', function: { name: textOf(block.name), arguments: toArguments(block.input) || '{}' } };
}
