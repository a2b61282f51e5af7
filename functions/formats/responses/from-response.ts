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
import { CallIds } from '../shared/call-ids.ts';
import { isRecord } from '../shared/is-record.ts';
import { PartPositions } from '../shared/part-positions.ts';
import { textOf } from '../shared/text-of.ts';
import { partsOf } from './event-fields.ts';
import { failureInResponse } from './failure.ts';
import { finishOf } from './finish-of.ts';
import { fromReasoningItem } from './from-reasoning-item.ts';
import { JoinedText } from './joined-text.ts';
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
    choices: [{ index: 0, message, finish_reason: finishOf(body, facts), logprobs }],
    usage: toUsage(body.usage),
  };
}

/** The items in order; all text becomes one content, with a break between messages. Items of tools that the router never asks for are left out. */
function fromOutput(
  items: readonly Fields[],
  endpoint: Endpoint,
): { message: CompletionMessage; logprobs: CompletionChoice['logprobs'] } {
  const positions = new PartPositions();
  const ids = new CallIds();
  const parts: Parts = { joined: new JoinedText(), content: '', refusal: '', annotations: [], logprobs: [] };
  const details: ReasoningDetail[] = [];
  const calls: CompletionToolCall[] = [];
  for (const [at, item] of items.entries()) {
    switch (item.type) {
      case 'message':
        parts.joined.setPhase(String(at), item.phase);
        for (const [index, part] of partsOf(item.content)) addPart(parts, part, `${at}/${index}`);
        positions.text(parts.content);
        break;
      case 'reasoning':
        details.push(...fromReasoningItem(item, endpoint.reasoning.issuer, () => positions.take()));
        break;
      case 'function_call':
        positions.take();
        calls.push(toCall(item, ids));
        break;
    }
  }
  const { content, refusal, annotations } = parts;
  const phases = parts.joined.phases();
  const reasoning = details.map(textOfDetail).join('');
  const message: CompletionMessage = {
    role: 'assistant',
    content: content === '' ? null : content,
    refusal: refusal === '' ? null : refusal,
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    ...(annotations.length > 0 ? { annotations } : {}),
    ...(phases.length > 0 ? { phases } : {}),
    ...(reasoning === '' ? {} : { reasoning }),
    ...(details.length > 0 ? { reasoning_details: details } : {}),
  };
  return { message, logprobs: toLogprobs(parts.logprobs) };
}

interface Parts {
  joined: JoinedText;
  content: string;
  refusal: string;
  annotations: NonNullable<CompletionMessage['annotations']>;
  logprobs: unknown[];
}

function addPart(parts: Parts, part: Fields, place: string): void {
  if (part.type === 'refusal') parts.refusal += textOf(part.refusal);
  if (part.type !== 'output_text') return;
  const text = textOf(part.text);
  if (text !== '') parts.content += parts.joined.add(place, text);
  for (const citation of Array.isArray(part.annotations) ? part.annotations : []) {
    const annotation = toAnnotation(citation, parts.joined.startOf(place));
    if (annotation !== null) parts.annotations.push(annotation);
  }
  if (Array.isArray(part.logprobs)) parts.logprobs.push(...part.logprobs);
}

function toCall(item: Fields, ids: CallIds): CompletionToolCall {
  const called = { name: textOf(item.name), arguments: textOf(item.arguments) || '{}' };
  return { id: ids.of(textOf(item.call_id) || textOf(item.id), ''), type: 'function', function: called };
}
