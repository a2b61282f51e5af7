import type Anthropic from '@anthropic-ai/sdk';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { MeshError } from '../../core/errors.ts';
import type { ChatMessage, ChatRequest, SystemMessage } from '../pivot/chat-request.ts';
import { type ToolImage, type ToolResult, type Turn, toolImageCaption, toTurns } from '../shared/turns.ts';
import { toAssistantContent } from './to-assistant-content.ts';
import { toCacheControl } from './to-cache-control.ts';
import { toContent, toImage, toText } from './to-content.ts';

type Block = Anthropic.ContentBlockParam;
type Role = 'user' | 'assistant';
interface Message {
  role: Role;
  content: Block[];
}

/**
 * The conversation in Anthropic's form. System messages at the start become `system`; later ones stay in their place as
 * text of the user, because only the newest models on Anthropic's own API take a system role there, and hoisting them
 * would change their order and lose every cached prefix. A conversation of system messages alone is said by the user, since
 * the API needs a message. Neighbours of one role become one message.
 */
export function toMessages(
  chat: ChatRequest,
  endpoint: Endpoint,
): { system: Anthropic.TextBlockParam[]; messages: Message[] } {
  const paths = new Map<ChatMessage, string>(chat.messages.map((message, index) => [message, `messages.${index}`]));
  const turns = toTurns(chat.messages);
  const start = turns.findIndex((turn) => turn.kind !== 'system');
  const system = turns.slice(0, Math.max(0, start)).flatMap((turn) => {
    return turn.kind === 'system' ? toSystemTexts(turn.message) : [];
  });
  const messages: Message[] = [];
  for (const turn of turns.slice(Math.max(0, start))) {
    append(messages, turn.kind === 'assistant' ? 'assistant' : 'user', toTurnContent(turn, endpoint, paths));
  }
  return { system, messages: tidy(messages) };
}

function toTurnContent(turn: Turn, endpoint: Endpoint, paths: ReadonlyMap<ChatMessage, string>): Block[] {
  switch (turn.kind) {
    case 'system':
      return toSystemTexts(turn.message);
    case 'user':
      return toContent(turn.message.content, endpoint, `${paths.get(turn.message)}.content`);
    case 'assistant':
      return toAssistantContent(turn.message, endpoint, paths.get(turn.message) ?? 'messages');
    case 'tools':
      return [...turn.results.map(toToolResult), ...turn.images.flatMap((image) => toToolImage(image, endpoint))];
  }
}

function toSystemTexts({ content }: SystemMessage): Anthropic.TextBlockParam[] {
  return typeof content === 'string'
    ? toText(content)
    : content.flatMap((part) => toText(part.text, part.cache_control));
}

/** An empty result is one without content; the API refuses an empty text in it. */
function toToolResult(result: ToolResult): Anthropic.ToolResultBlockParam {
  return {
    type: 'tool_result',
    tool_use_id: result.callId,
    ...(result.text.trim() === '' ? {} : { content: result.text }),
    ...toCacheControl(result.cacheControl),
  };
}

function toToolImage(image: ToolImage, endpoint: Endpoint): Block[] {
  return [...toText(toolImageCaption(image)), toImage(image.part, endpoint, 'messages')];
}

function append(messages: Message[], role: Role, content: Block[]): void {
  if (content.length === 0) return;
  const last = messages.at(-1);
  if (last?.role === role) last.content.push(...content);
  else messages.push({ role, content });
}

/** The last rules, which only hold for the conversation as a whole. */
function tidy(messages: readonly Message[]): Message[] {
  const tidied: Message[] = [];
  for (const [index, { role, content }] of messages.entries()) {
    const isPrefill = role === 'assistant' && index === messages.length - 1;
    const kept = role === 'user' ? content : withoutLastThinking(isPrefill ? toPrefill(content) : content);
    append(tidied, role, kept);
  }
  if (tidied.length > 0) return tidied;
  throw new MeshError('invalid_request_error', { param: 'messages', message: 'The messages have no content.' });
}

/** The API refuses an assistant's message that ends in thinking, which an answer cut off by its limit may do. */
function withoutLastThinking(content: readonly Block[]): Block[] {
  const last = content.findLastIndex((block) => block.type !== 'thinking' && block.type !== 'redacted_thinking');
  return content.slice(0, last + 1);
}

/**
 * An answer that the model goes on with: it may neither end in white space nor contain thinking, since thinking is off
 * for such a request.
 */
function toPrefill(content: readonly Block[]): Block[] {
  const texts = content.filter((block) => block.type !== 'thinking' && block.type !== 'redacted_thinking');
  const last = texts.at(-1);
  return last?.type === 'text' ? [...texts.slice(0, -1), { ...last, text: last.text.trimEnd() }] : texts;
}
