import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { MeshError } from '../../core/errors.ts';
import { textOfDetail } from '../chat/from-reasoning.ts';
import type {
  ChatCompletion,
  CompletionChoice,
  CompletionMessage,
  CompletionToolCall,
} from '../pivot/chat-completion.ts';
import type { ReasoningDetail } from '../pivot/chat-request.ts';
import { isRecord } from '../shared/is-record.ts';
import { PartPositions } from '../shared/part-positions.ts';
import { textOf } from '../shared/text-of.ts';
import { failureInResponse } from './failure.ts';
import { fromReasoningItem } from './from-reasoning-item.ts';
import { mapFinishReason } from './map-finish-reason.ts';
import { toAnnotation } from './to-annotation.ts';
import { toLogprobs } from './to-logprobs.ts';
import { toUsage } from './to-usage.ts';

type Fields = Record<string, unknown>;

/** A whole response as a chat completion. Throws `upstream_error` for a body that is no response. */
export function fromResponse(body: unknown, endpoint: Endpoint): ChatCompletion {
  const failed = isRecord(body) ? failureInResponse(body) : null;
  if (failed !== null) throw failed;
  if (!isRecord(body) || !Array.isArray(body.output)) {
    throw new MeshError('upstream_error', { message: 'The provider sent a reply that is no response.' });
  }
  const { message, logprobs } = fromOutput(body.output.filter(isRecord), endpoint);
  const facts = { hasToolCalls: message.tool_calls !== undefined, refused: message.refusal !== null };
  return {
    id: textOf(body.id),
    object: 'chat.completion',
    created: typeof body.created_at === 'number' ? body.created_at : 0,
    model: textOf(body.model),
    choices: [{ index: 0, message, finish_reason: mapFinishReason(body, facts), logprobs }],
    usage: toUsage(body.usage),
  };
}

/** The items in order; all text becomes one content. Items of tools that the router never asks for are left out. */
function fromOutput(
  items: readonly Fields[],
  endpoint: Endpoint,
): { message: CompletionMessage; logprobs: CompletionChoice['logprobs'] } {
  const positions = new PartPositions();
  const parts: Parts = { content: '', refusal: '', annotations: [], logprobs: [] };
  const details: ReasoningDetail[] = [];
  const calls: CompletionToolCall[] = [];
  for (const item of items) {
    switch (item.type) {
      case 'message':
        for (const part of Array.isArray(item.content) ? item.content.filter(isRecord) : []) addPart(parts, part);
        positions.text(parts.content);
        break;
      case 'reasoning':
        details.push(...fromReasoningItem(item, { format: endpoint.reasoning.issuer, index: positions.take() }));
        break;
      case 'function_call':
        positions.take();
        calls.push(toCall(item));
        break;
    }
  }
  const { content, refusal, annotations } = parts;
  const reasoning = details.map(textOfDetail).join('');
  const message: CompletionMessage = {
    role: 'assistant',
    content: content === '' ? null : content,
    refusal: refusal === '' ? null : refusal,
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    ...(annotations.length > 0 ? { annotations } : {}),
    ...(reasoning === '' ? {} : { reasoning }),
    ...(details.length > 0 ? { reasoning_details: details } : {}),
  };
  return { message, logprobs: toLogprobs(parts.logprobs) };
}

interface Parts {
  content: string;
  refusal: string;
  annotations: NonNullable<CompletionMessage['annotations']>;
  logprobs: unknown[];
}

function addPart(parts: Parts, part: Fields): void {
  if (part.type === 'refusal') parts.refusal += textOf(part.refusal);
  if (part.type !== 'output_text') return;
  for (const citation of Array.isArray(part.annotations) ? part.annotations : []) {
    const annotation = toAnnotation(citation, parts.content.length);
    if (annotation !== null) parts.annotations.push(annotation);
  }
  if (Array.isArray(part.logprobs)) parts.logprobs.push(...part.logprobs);
  parts.content += textOf(part.text);
}

function toCall(item: Fields): CompletionToolCall {
  const called = { name: textOf(item.name), arguments: textOf(item.arguments) || '{}' };
  return { id: textOf(item.call_id) || textOf(item.id), type: 'function', function: called };
}
