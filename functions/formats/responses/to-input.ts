import type OpenAI from 'openai';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { AssistantMessage, ChatMessage, SystemMessage, UserMessage } from '../pivot/chat-request.ts';
import { interleave } from '../shared/interleave.ts';
import { type ToolImage, type ToolResult, type Turn, toolImageCaption, toTurns } from '../shared/turns.ts';
import { PART_BREAK } from './from-reasoning-item.ts';
import { toContent, toImage } from './to-content.ts';
import { type ReasoningItem, toReasoningItems } from './to-reasoning-items.ts';

/** What the assistant said, without the id and status that only stored messages have. */
interface SaidItem extends Pick<OpenAI.Responses.ResponseOutputMessage, 'type' | 'role'> {
  content: (Pick<OpenAI.Responses.ResponseOutputText, 'type' | 'text'> | OpenAI.Responses.ResponseOutputRefusal)[];
  phase?: string;
}

export type InputItem =
  | OpenAI.Responses.EasyInputMessage
  | OpenAI.Responses.ResponseFunctionToolCall
  | OpenAI.Responses.ResponseInputItem.FunctionCallOutput
  | SaidItem
  | ReasoningItem;

/**
 * The conversation as input items. System and developer messages stay in their place and role, since `instructions` knows
 * only one place. Names of messages have no field here and are dropped.
 */
export function toInput(messages: readonly ChatMessage[], endpoint: Endpoint): InputItem[] {
  const paths = new Map<ChatMessage, string>(messages.map((message, index) => [message, `messages.${index}`]));
  return toTurns(messages).flatMap((turn) => toItems(turn, endpoint, paths));
}

function toItems(turn: Turn, endpoint: Endpoint, paths: ReadonlyMap<ChatMessage, string>): InputItem[] {
  switch (turn.kind) {
    case 'system':
      return [toSystemItem(turn.message)];
    case 'user':
      return [toUserItem(turn.message, paths.get(turn.message) ?? 'messages')];
    case 'assistant':
      return toAssistantItems(turn.message, endpoint);
    case 'tools':
      return [...turn.results.map(toResultItem), ...toImagesItem(turn.images)];
  }
}

function toResultItem({ callId, text }: ToolResult): InputItem {
  return { type: 'function_call_output', call_id: callId, output: text };
}

function toSystemItem({ role, content }: SystemMessage): InputItem {
  if (typeof content === 'string') return { role, content };
  return { role, content: content.map(({ text }) => ({ type: 'input_text', text })) };
}

function toUserItem({ content }: UserMessage, param: string): InputItem {
  if (typeof content === 'string') return { role: 'user', content };
  return { role: 'user', content: content.map((part, index) => toContent(part, `${param}.content.${index}`)) };
}

/** Images that tools returned, after all results of the turn. */
function toImagesItem(images: readonly ToolImage[]): InputItem[] {
  if (images.length === 0) return [];
  const content = images.flatMap((image) => [
    { type: 'input_text' as const, text: toolImageCaption(image) },
    toImage(image.part),
  ]);
  return [{ role: 'user', content }];
}

/**
 * An earlier turn: its reasoning where it stood, what was said, its calls. The API refuses reasoning that nothing follows, which an
 * answer cut off by its limit may end with. Where only such is left beside calls, its client has lost the details before it, as
 * OpenAI's own helper for Node does, and with them its place: then it goes first.
 */
function toAssistantItems(message: AssistantMessage, endpoint: Endpoint): InputItem[] {
  const calls = (message.tool_calls ?? []).map(({ id, function: called }): InputItem[] => [
    {
      type: 'function_call',
      call_id: id,
      name: called.name,
      arguments: called.arguments.trim() === '' ? '{}' : called.arguments,
    },
  ]);
  // What does not go back keeps its place here, and all that was said is one: so the places counted by the others stay right.
  const reasoning = toReasoningItems(message.reasoning_details ?? [], endpoint).map(({ index, part }) => ({
    index,
    part: part === null ? [] : [part],
  }));
  const said = toSaidItems(message);
  const others = said.length > 0 ? [said, ...calls] : calls;
  const items = interleave<InputItem[]>(reasoning, others).flat();
  const kept = items.slice(0, items.findLastIndex(isOther) + 1);
  if (calls.length === 0 || !kept.every(isOther)) return kept;
  return [...reasoning.flatMap(({ part }) => part), ...others.flat()];
}

function isOther({ type }: InputItem): boolean {
  return type !== 'reasoning';
}

/** One message; or the several that the model said, each in its phase, as long as the text is still what they said. */
function toSaidItems(message: AssistantMessage): SaidItem[] {
  const { content, phases, refusal } = message;
  if (typeof content !== 'string' || !phases?.length || refusal) return toSaidItem(message);
  const texts: string[] = [];
  let end = -PART_BREAK.length;
  for (const { length } of phases) {
    const start = end + PART_BREAK.length;
    end = start + length;
    texts.push(content.slice(start, end));
  }
  if (texts.join(PART_BREAK) !== content) return toSaidItem(message);
  return texts.flatMap((text, at) =>
    toSaidItem({ ...message, content: text }).map((item) => {
      const phase = phases[at]?.phase ?? null;
      return phase === null ? item : { ...item, phase };
    }),
  );
}

function toSaidItem({ content, refusal }: AssistantMessage): SaidItem[] {
  const parts = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : (content ?? []);
  const said: SaidItem['content'] = parts.flatMap((part) =>
    part.type === 'text' ? toOutputText(part.text) : toOutputRefusal(part.refusal),
  );
  said.push(...toOutputRefusal(refusal ?? ''));
  return said.length > 0 ? [{ type: 'message', role: 'assistant', content: said }] : [];
}

function toOutputText(text: string): SaidItem['content'] {
  return text === '' ? [] : [{ type: 'output_text', text }];
}

function toOutputRefusal(refusal: string): SaidItem['content'] {
  return refusal === '' ? [] : [{ type: 'refusal', refusal }];
}
