import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { MeshError } from '../../core/errors.ts';
import type { ChatMessage, ChatRequest, SystemMessage } from '../pivot/chat-request.ts';
import { type ToolImage, type Turn, toolImageCaption, toTurns } from '../shared/turns.ts';
import { toFunctionResponse } from './to-function-response.ts';
import { toModelParts } from './to-model-parts.ts';
import { toImage, toParts, toText } from './to-parts.ts';
import type { Content, Part } from './wire.ts';

/**
 * The conversation in Gemini's form. System messages at the start become `systemInstruction`; later ones stay in their
 * place as text of the user, since the API has no other place for them and hoisting them would change their order. A
 * conversation of system messages alone is said by the user, since the API needs a content. Neighbours of one role become
 * one content.
 */
export function toContents(chat: ChatRequest, endpoint: Endpoint): { system: Part[]; contents: Content[] } {
  const paths = new Map<ChatMessage, string>(chat.messages.map((message, index) => [message, `messages.${index}`]));
  const turns = toTurns(chat.messages);
  const start = Math.max(
    0,
    turns.findIndex((turn) => turn.kind !== 'system'),
  );
  const system = turns.slice(0, start).flatMap((turn) => (turn.kind === 'system' ? toSystemTexts(turn.message) : []));
  const contents: { role: 'user' | 'model'; parts: Part[] }[] = [];
  for (const turn of turns.slice(start)) {
    const role = turn.kind === 'assistant' ? 'model' : 'user';
    const parts = toTurnParts(turn, endpoint, paths);
    const last = contents.at(-1);
    if (parts.length === 0) continue;
    if (last?.role === role) last.parts.push(...parts);
    else contents.push({ role, parts });
  }
  if (contents.length > 0) return { system, contents };
  throw new MeshError('invalid_request_error', { param: 'messages', message: 'The messages have no content.' });
}

function toTurnParts(turn: Turn, endpoint: Endpoint, paths: ReadonlyMap<ChatMessage, string>): Part[] {
  switch (turn.kind) {
    case 'system':
      return toSystemTexts(turn.message);
    case 'user':
      return toParts(turn.message.content, endpoint, `${paths.get(turn.message)}.content`);
    case 'assistant':
      return toModelParts(turn.message, endpoint, paths.get(turn.message) ?? 'messages');
    case 'tools':
      return [...turn.results.map(toFunctionResponse), ...turn.images.flatMap((image) => toToolImage(image, endpoint))];
  }
}

function toSystemTexts({ content }: SystemMessage): Part[] {
  return typeof content === 'string' ? toText(content) : content.flatMap((part) => toText(part.text));
}

function toToolImage(image: ToolImage, endpoint: Endpoint): Part[] {
  return [...toText(toolImageCaption(image)), toImage(image.part, endpoint, 'messages')];
}
