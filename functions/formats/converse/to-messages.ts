import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { ChatMessage, ChatRequest, SystemMessage } from '../pivot/chat-request.ts';
import { invalid, unsupported } from '../shared/refusals.ts';
import { type ToolImage, type ToolResult, type Turn, toolImageCaption, toTurns } from '../shared/turns.ts';
import { toAssistantContent } from './to-assistant-content.ts';
import { toCachePoint } from './to-cache-point.ts';
import { toContent, toImage, toText } from './to-content.ts';
import { createNameDocument, type NameDocument } from './to-document.ts';
import type { ContentBlock, Message, SystemBlock } from './wire.ts';

/** What the turns of one request share. */
interface Context {
  endpoint: Endpoint;
  nameDocument: NameDocument;
  paths: ReadonlyMap<ChatMessage, string>;
}

/**
 * The conversation in Bedrock's form. System messages at the start become `system`; later ones stay in their place as text
 * of the user, because few models take a system role there, and hoisting them would change their order and lose every
 * cached prefix. A conversation of system messages alone is said by the user, since the API needs a message. Neighbours of
 * one role become one message.
 */
export function toMessages(chat: ChatRequest, endpoint: Endpoint): { system: SystemBlock[]; messages: Message[] } {
  const paths = new Map<ChatMessage, string>(chat.messages.map((message, index) => [message, `messages.${index}`]));
  const context: Context = { endpoint, nameDocument: createNameDocument(), paths };
  const turns = toTurns(chat.messages);
  const start = Math.max(
    0,
    turns.findIndex((turn) => turn.kind !== 'system'),
  );
  const system = turns.slice(0, start).flatMap((turn) => {
    return turn.kind === 'system' ? toSystemTexts(turn.message, endpoint) : [];
  });
  const messages: Message[] = [];
  for (const turn of turns.slice(start)) {
    append(messages, turn.kind === 'assistant' ? 'assistant' : 'user', toTurnContent(turn, context));
  }
  return { system, messages: tidy(messages) };
}

function toTurnContent(turn: Turn, { endpoint, nameDocument, paths }: Context): ContentBlock[] {
  switch (turn.kind) {
    case 'system':
      return toSystemTexts(turn.message, endpoint);
    case 'user':
      return toContent(turn.message.content, endpoint, nameDocument, `${paths.get(turn.message)}.content`);
    case 'assistant':
      return toAssistantContent(turn.message, endpoint, paths.get(turn.message) ?? 'messages');
    case 'tools':
      return [
        ...turn.results.flatMap((result) => toToolResult(result, endpoint)),
        ...turn.images.flatMap((image) => toToolImage(image, endpoint)),
      ];
  }
}

function toSystemTexts({ content }: SystemMessage, endpoint: Endpoint) {
  return typeof content === 'string'
    ? toText(content, null, endpoint)
    : content.flatMap((part) => toText(part.text, part.cache_control, endpoint));
}

/** The API refuses a result without content and one with an empty text, so that an empty result has to be said. */
const EMPTY_RESULT = '(empty)';

function toToolResult(result: ToolResult, endpoint: Endpoint): ContentBlock[] {
  const text = result.text.trim() === '' ? EMPTY_RESULT : result.text;
  return [
    { toolResult: { toolUseId: result.callId, content: [{ text }] } },
    ...toCachePoint(result.cacheControl, endpoint),
  ];
}

function toToolImage(image: ToolImage, endpoint: Endpoint): ContentBlock[] {
  return [...toText(toolImageCaption(image), null, endpoint), toImage(image.part, 'messages')];
}

function append(messages: Message[], role: Message['role'], content: ContentBlock[]): void {
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
    const kept = role === 'user' ? content : withoutLastReasoning(isPrefill ? toPrefill(content) : content);
    append(tidied, role, kept);
  }
  const [first] = tidied;
  if (first === undefined) throw invalid('messages', 'The messages have no content.');
  // Bedrock: "A conversation must start with a user message." Words put into the user's mouth would change the answer.
  if (first.role !== 'user') throw unsupported('messages', 'This model needs a conversation that the user begins.');
  return tidied;
}

/** Claude refuses an assistant's message that ends in thinking, which an answer cut off by its limit may do. */
function withoutLastReasoning(content: readonly ContentBlock[]): ContentBlock[] {
  return content.slice(0, content.findLastIndex((block) => block.reasoningContent === undefined) + 1);
}

/**
 * An answer that the model goes on with: it may neither end in white space nor contain thinking, since thinking is off
 * for such a request.
 */
function toPrefill(content: readonly ContentBlock[]): ContentBlock[] {
  const kept = content.filter((block) => block.reasoningContent === undefined);
  const last = kept.findLastIndex((block) => block.cachePoint === undefined);
  return kept.map((block, index) => {
    return index === last && block.text !== undefined ? { text: block.text.trimEnd() } : block;
  });
}
