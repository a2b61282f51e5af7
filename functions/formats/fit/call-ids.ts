import { hash } from 'node:crypto';
import { madeIdLength, type TextRule, takesText } from '../../core/endpoints/request-rules.ts';
import type { AssistantMessage, ChatMessage, ToolMessage } from '../pivot/chat-request.ts';

/**
 * The same conversation with ids of calls that an upstream takes, each another, the same for a call and its result. An id
 * stays where it can; another is made of it and of how often it came before, so that the next turn of the conversation makes
 * the same. Where calls of one message share an id, results belong to them in their order.
 */
export function fitCallIds(messages: readonly ChatMessage[], rule: TextRule): ChatMessage[] {
  const used = new Set<string>();
  const tries = new Map<string, number>();
  let open = new Map<string, string[]>();
  return messages.map((message) => {
    if (message.role === 'tool') return withCallId(message, open);
    if (message.role !== 'assistant' || !message.tool_calls?.length) return message;
    open = new Map();
    const ids = message.tool_calls.map(({ id }) => {
      const fitted = fitId(id, rule, used, tries);
      used.add(fitted);
      const same = open.get(id);
      if (same === undefined) open.set(id, [fitted]);
      else same.push(fitted);
      return fitted;
    });
    return withCallIds(message, ids);
  });
}

/** An id that a rule takes and nobody else has. `tries`: how many were made of an id before, which are all taken. */
export function fitId(
  id: string,
  rule: TextRule,
  used: ReadonlySet<string>,
  tries = new Map<string, number>(),
): string {
  let fitted = id;
  let again = tries.get(id) ?? 0;
  while (used.has(fitted) || !takesText(fitted, rule)) fitted = makeId(id, again++, rule);
  tries.set(id, again);
  return fitted;
}

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Letters and digits alone, as Mistral wants them. */
function makeId(id: string, again: number, rule: TextRule): string {
  let number = BigInt(`0x${hash('sha256', `${again} ${id}`, 'hex')}`);
  let made = '';
  for (let length = madeIdLength(rule); length > 0; length--) {
    made += DIGITS[Number(number % 62n)];
    number /= 62n;
  }
  return made;
}

function withCallId(message: ToolMessage, open: ReadonlyMap<string, string[]>): ToolMessage {
  // The last one stays for a result too many, which is refused by its own name later.
  const ids = open.get(message.tool_call_id) ?? [];
  const id = ids.length > 1 ? ids.shift() : ids[0];
  return id === undefined || id === message.tool_call_id ? message : { ...message, tool_call_id: id };
}

/** Signatures of calls are found by their ids, so that those change with them. */
function withCallIds(message: AssistantMessage, ids: readonly string[]): AssistantMessage {
  const calls = message.tool_calls ?? [];
  if (calls.every(({ id }, at) => id === ids[at])) return message;
  const byOld = new Map(calls.map(({ id }, at) => [id, ids[at] as string]));
  return {
    ...message,
    tool_calls: calls.map((call, at) => ({ ...call, id: ids[at] ?? call.id })),
    ...(message.reasoning_details
      ? {
          reasoning_details: message.reasoning_details.map((detail) =>
            typeof detail.id === 'string' && byOld.has(detail.id) ? { ...detail, id: byOld.get(detail.id) } : detail,
          ),
        }
      : {}),
  };
}
