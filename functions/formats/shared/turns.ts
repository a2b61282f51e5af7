import type { MeshError } from '../../core/errors.ts';
import type {
  AssistantMessage,
  CacheControl,
  ChatMessage,
  ImagePart,
  SystemMessage,
  ToolMessage,
  UserMessage,
} from '../pivot/chat-request.ts';
import { invalid } from './refusals.ts';

/** The result of one tool call, reduced to text. */
export interface ToolResult {
  callId: string;
  name: string;
  text: string;
  cacheControl: CacheControl | null;
}

/** An image that a tool returned, shown after all results with the call it came from. */
export interface ToolImage {
  callId: string;
  name: string;
  part: ImagePart;
}

/**
 * A conversation as formats with strict turns want it: adjacent tool messages are one turn, their results in the order
 * of the calls.
 */
export type Turn =
  | { kind: 'system'; message: SystemMessage }
  | { kind: 'user'; message: UserMessage }
  | { kind: 'assistant'; message: AssistantMessage }
  | { kind: 'tools'; results: ToolResult[]; images: ToolImage[] };

/**
 * Groups messages into turns. Throws `invalid_request_error` where a call has no result, two results, or a result has
 * no call: every upstream refuses such a conversation, and their own messages about it name blocks the caller never sent.
 */
export function toTurns(messages: readonly ChatMessage[]): Turn[] {
  const turns: Turn[] = [];
  for (let at = 0; at < messages.length; at++) {
    const message = messages[at] as ChatMessage;
    if (message.role === 'tool') throw orphan(message, at);
    if (message.role !== 'assistant') {
      turns.push(message.role === 'user' ? { kind: 'user', message } : { kind: 'system', message });
      continue;
    }
    turns.push({ kind: 'assistant', message });
    if (!message.tool_calls?.length) continue;
    const answers: ToolMessage[] = [];
    for (let next = messages[at + 1]; next?.role === 'tool'; next = messages[at + 1]) {
      answers.push(next);
      at++;
    }
    turns.push(toolTurn(message, answers, at));
  }
  return turns;
}

function toolTurn(call: AssistantMessage, answers: readonly ToolMessage[], at: number): Turn {
  const byId = new Map<string, ToolMessage>();
  for (const answer of answers) {
    if (byId.has(answer.tool_call_id)) {
      throw invalid(`messages.${at}`, `Tool call ${answer.tool_call_id} has more than one result.`);
    }
    byId.set(answer.tool_call_id, answer);
  }
  const results: ToolResult[] = [];
  const images: ToolImage[] = [];
  for (const { id, function: called } of call.tool_calls ?? []) {
    const answer = byId.get(id);
    if (answer === undefined) throw invalid(`messages.${at}`, `Tool call ${id} has no result.`);
    byId.delete(id);
    const parts =
      typeof answer.content === 'string' ? [{ type: 'text' as const, text: answer.content }] : answer.content;
    const texts = parts.filter((part) => part.type === 'text');
    results.push({
      callId: id,
      name: called.name,
      text: texts.map((part) => part.text).join('\n'),
      cacheControl: answer.cache_control ?? texts.findLast((part) => 'cache_control' in part)?.cache_control ?? null,
    });
    for (const part of parts) if (part.type === 'image_url') images.push({ callId: id, name: called.name, part });
  }
  const [left] = byId.values();
  if (left !== undefined) throw orphan(left, at);
  return { kind: 'tools', results, images };
}

function orphan(message: ToolMessage, at: number): MeshError {
  return invalid(`messages.${at}`, `There is no tool call ${message.tool_call_id} for this result to answer.`);
}

/** The words that introduce an image a tool returned. */
export function toolImageCaption(image: ToolImage): string {
  return `Image returned by ${image.name} (call ${image.callId}):`;
}
