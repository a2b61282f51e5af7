import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { MeshError } from '../../core/errors.ts';
import type {
  ChatCompletion,
  CompletionChoice,
  CompletionMessage,
  CompletionToolCall,
} from '../pivot/chat-completion.ts';
import { CallIds } from '../shared/call-ids.ts';
import { mapFinishReason, plainEnd } from '../shared/finish-reason.ts';
import { isRecord } from '../shared/is-record.ts';
import { textOf } from '../shared/text-of.ts';
import { toArguments } from '../shared/to-arguments.ts';
import { failureInBody } from './failure.ts';
import { contentText, fromReasoning, reasoningFields } from './from-reasoning.ts';
import { toUsage } from './to-usage.ts';

type Fields = Record<string, unknown>;

/** A whole chat completion in our shape; what the router has never heard of stays where it is. */
export function fromResponse(body: unknown, endpoint: Endpoint): ChatCompletion {
  const failed = failureInBody(body);
  if (failed !== null) throw failed;
  const choices = isRecord(body) && Array.isArray(body.choices) ? body.choices.filter(isRecord) : [];
  if (!isRecord(body) || choices.length === 0) {
    throw new MeshError('upstream_error', { message: 'The provider sent a reply that is no chat completion.' });
  }
  const id = textOf(body.id);
  return {
    ...body,
    id,
    object: 'chat.completion',
    created: typeof body.created === 'number' ? body.created : 0,
    model: textOf(body.model),
    choices: choices.map((choice, position) => fromChoice(choice, position, id, endpoint)),
    usage: toUsage(body.usage, endpoint.usage),
  };
}

function fromChoice(choice: Fields, position: number, answerId: string, endpoint: Endpoint): CompletionChoice {
  const failed = failureInBody(choice);
  if (failed !== null) throw failed;
  if (!isRecord(choice.message)) {
    throw new MeshError('upstream_error', { message: 'The provider sent a choice without a message.' });
  }
  const message = fromMessage(choice.message, answerId, endpoint);
  const hasCalls = message.tool_calls !== undefined;
  return {
    ...choice,
    index: typeof choice.index === 'number' ? choice.index : position,
    message,
    finish_reason: mapFinishReason(choice.finish_reason, hasCalls) ?? plainEnd(hasCalls),
    logprobs: isRecord(choice.logprobs) ? (choice.logprobs as unknown as CompletionChoice['logprobs']) : null,
  };
}

function fromMessage(message: Fields, answerId: string, endpoint: Endpoint): CompletionMessage {
  const { text, details } = fromReasoning(message, endpoint.reasoning);
  const calls = Array.isArray(message.tool_calls) ? message.tool_calls.filter(isRecord) : [];
  const ids = new CallIds();
  const toolCalls = calls.flatMap((call) => fromToolCall(call, answerId, ids));
  const { tool_calls: _, ...rest } = withoutReasoning(message, endpoint.reasoning.field);
  return {
    ...rest,
    role: 'assistant',
    content: message.content == null ? null : contentText(message.content),
    refusal: textOf(message.refusal) || null,
    ...(toolCalls.length > 0 ? { tool_calls: toolCalls } : {}),
    ...(text === '' ? {} : { reasoning: text }),
    ...(details.length > 0 ? { reasoning_details: details } : {}),
  };
}

function fromToolCall(call: Fields, answerId: string, ids: CallIds): CompletionToolCall[] {
  const called = isRecord(call.function) ? call.function : {};
  const name = textOf(called.name);
  if (name === '') return [];
  const fn = { ...called, name, arguments: toArguments(called.arguments) || '{}' };
  return [{ ...call, id: ids.of(textOf(call.id), answerId), type: 'function', function: fn }];
}

/** A message or delta without what `fromReasoning` read. */
export function withoutReasoning(message: Fields, field: string | null): Fields {
  const read = field === null ? reasoningFields : [...reasoningFields, field];
  // Every chunk of every stream comes by here, and most have none.
  if (!read.some((name) => name in message)) return message;
  return Object.fromEntries(Object.entries(message).filter(([name]) => !read.includes(name)));
}
