import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { MeshError } from '../../core/errors.ts';
import type { AssistantMessage, ChatMessage, ImagePart, TextPart, ToolMessage } from '../pivot/chat-request.ts';
import { type ToolImage, toolImageCaption, toTurns } from '../shared/turns.ts';
import { textOfDetail } from './from-reasoning.ts';
import { inOrder } from './in-order.ts';
import { withoutMarker } from './without-marker.ts';
import { withoutNulls } from './without-nulls.ts';

type Fields = Record<string, unknown>;
type Part = Exclude<ChatMessage['content'], string | null | undefined>[number];

/**
 * The messages as a chat provider takes them: the same ones with everything in them, but for cache markers and reasoning,
 * which are the router's, and images in tool results, which the format has no place for. Those move into a user message
 * after all results of the turn, each behind a line that names its call.
 *
 * Throws `invalid_request_error` where calls and results do not belong together, as every other format does: some providers
 * take such a conversation, and what the model makes of it is anybody's guess.
 */
export function toMessages(messages: readonly ChatMessage[], endpoint: Endpoint): Fields[] {
  toTurns(messages);
  const names = new Map<string, string>();
  const translated: Fields[] = [];
  let images: ToolImage[] = [];
  const showImages = () => {
    const content = images.flatMap((image) => toImageParts(image, endpoint));
    if (images.length > 0) translated.push({ role: toRole('user', endpoint, true), content });
    images = [];
  };
  for (const [at, message] of messages.entries()) {
    if (message.role !== 'tool') showImages();
    if (message.role === 'assistant') {
      for (const call of message.tool_calls ?? []) names.set(call.id, call.function.name);
    }
    if (message.role === 'tool') images.push(...imagesOf(message, names));
    const sent = toMessage(message, endpoint, `messages.${at}`);
    if (saysNothing(sent) && messages.length > 1) continue;
    // A system message alone is what there is to answer.
    const isLate = messages.length === 1 || translated.some(({ role }) => role !== 'system' && role !== 'developer');
    translated.push({ ...sent, role: toRole(message.role, endpoint, isLate) });
  }
  showImages();
  return inOrder(translated, endpoint.request);
}

function toRole(role: string, { request }: Endpoint, isLate: boolean): string {
  const isSystem = role === 'system' || role === 'developer';
  const said = isSystem && isLate && request.lateSystem === 'user' ? 'user' : role;
  return request.roles[said] ?? said;
}

/** A turn of the assistant that is empty, which some providers refuse and no model misses. */
function saysNothing({ role, content, ...others }: Fields): boolean {
  return role === 'assistant' && content === '' && Object.values(others).every((value) => value === undefined);
}

function toMessage(message: ChatMessage, endpoint: Endpoint, param: string): Fields {
  switch (message.role) {
    case 'assistant':
      return toAssistantMessage(message, endpoint);
    case 'tool':
      return toToolMessage(message);
    default:
      return withoutNulls({
        ...withoutMarker(message),
        ...toName(message, endpoint),
        content: toContent(message.content, endpoint, param),
      });
  }
}

/** OpenAI's rule for names of messages, which nobody else makes stricter. */
const NOT_IN_NAMES = /[\s<|\\/>]/g;
const MAX_NAME = 64;

function toName({ name }: { name?: string | undefined }, { request }: Endpoint): { name: string | undefined } {
  return {
    name: request.messageFields.includes('name') ? name?.replace(NOT_IN_NAMES, '_').slice(0, MAX_NAME) : undefined,
  };
}

/** Parts; or one text, where there is nothing else and the endpoint wants that. */
function toContent(content: string | readonly Part[], endpoint: Endpoint, param: string): unknown {
  if (typeof content === 'string') return content;
  const parts = content.map((part, at) => toPart(part, endpoint, param, at));
  const isText = endpoint.request.systemContent === 'text' && parts.every(({ type }) => type === 'text');
  return isText ? joinTexts(parts) : parts;
}

/** Not by `join`, which copies all of them at once: what is added is copied where it is written, in slices. */
function joinTexts(parts: readonly Fields[]): string {
  return parts.reduce((before, { text }, at) => (at === 0 ? String(text) : `${before}\n${text}`), '');
}

function toPart(part: Part, endpoint: Endpoint, param: string, at: number): Fields {
  if (part.type === 'refusal' && !takesRefusal(endpoint)) return { type: 'text', text: part.refusal };
  if (part.type === 'file' && part.file.file_id !== undefined) {
    // Such a file lies in the router's own account, where every caller could read every other's.
    throw new MeshError('model_capability_not_supported', {
      param: `${param}.content.${at}.file.file_id`,
      message: 'Files stored at a provider cannot be used; send file_data.',
    });
  }
  const rest = withoutMarker(part);
  return part.type === 'image_url' ? { ...rest, image_url: withoutNulls(part.image_url) } : rest;
}

function toAssistantMessage(message: AssistantMessage, endpoint: Endpoint): Fields {
  const {
    phases: _phases,
    reasoning: _text,
    reasoning_content: _content,
    reasoning_details: _details,
    extra_content,
    tool_calls,
    ...rest
  } = withoutMarker(message);
  const refusal = takesRefusal(endpoint) ? {} : { refusal: null };
  const calls = (tool_calls ?? []).map(({ thought_signature: _, extra_content, ...call }) => ({
    ...withoutMarker(call),
    ...toExtraContent(extra_content, endpoint),
  }));
  return {
    ...withoutNulls({ ...rest, ...refusal, ...toName(message, endpoint) }),
    ...toExtraContent(extra_content, endpoint),
    content: toAssistantContent(message, endpoint),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    ...replayed(message, endpoint),
  };
}

/** Gemini's signatures, for whoever serves Gemini; OpenAI refuses the field. */
function toExtraContent(extra_content: AssistantMessage['extra_content'], { reasoning }: Endpoint): Fields {
  return extra_content && reasoning.issuer === 'google-gemini-v1' ? { extra_content } : {};
}

/** No content is null beside calls or a refusal, which is how OpenAI itself answers, and else an empty text. */
function toAssistantContent({ content, tool_calls, refusal }: AssistantMessage, endpoint: Endpoint): unknown {
  const isTaken = !refusal || takesRefusal(endpoint);
  const said = isTaken ? content : [...toParts(content), { type: 'refusal' as const, refusal }];
  if (said?.length) return toContent(said, endpoint, 'messages');
  return tool_calls?.length || refusal ? null : '';
}

function toParts(
  content: AssistantMessage['content'],
): Exclude<AssistantMessage['content'], string | null | undefined> {
  if (typeof content !== 'string') return content ?? [];
  return content === '' ? [] : [{ type: 'text', text: content }];
}

/** Elsewhere a refusal is what the assistant said. */
function takesRefusal({ request }: Endpoint): boolean {
  return request.messageFields.includes('refusal');
}

/**
 * Earlier reasoning in the field where the endpoint has it. Plain text is not signed, so it goes back only where the
 * endpoint always wants it; `reasoning_details` hold the signatures, so these go back unless it never does. Details of
 * another issuer stay away, and so does text beside them, which is theirs; details that name nobody, since a client dropped
 * that, are not held against it.
 */
function replayed(message: AssistantMessage, { reasoning: { field, replay, issuer } }: Endpoint): Fields {
  if (field === null || replay === 'never') return {};
  const details = message.reasoning_details ?? [];
  const own = details.filter((detail) => detail.format === issuer);
  if (field === 'reasoning_details') return own.length > 0 ? { [field]: own } : {};
  if (replay !== 'always') return {};
  const isNamed = details.some((detail) => detail.format != null);
  const text = isNamed ? own.map(textOfDetail).join('') : message.reasoning || message.reasoning_content;
  if (text) return { [field]: text };
  // Such a provider refuses a call without the field, and takes it empty where a client lost what was in it.
  return message.tool_calls?.length ? { [field]: '' } : {};
}

function toToolMessage(message: ToolMessage): Fields {
  const { content, ...rest } = withoutMarker(message);
  if (typeof content === 'string') return { ...rest, content };
  const texts = content.filter((part): part is TextPart => part.type === 'text');
  // A list of texts alone is passed on as one text: more providers take it.
  return { ...rest, content: texts.map((part) => part.text).join('\n') };
}

function imagesOf(message: ToolMessage, names: ReadonlyMap<string, string>): ToolImage[] {
  if (typeof message.content === 'string') return [];
  const parts = message.content.filter((part): part is ImagePart => part.type === 'image_url');
  const callId = message.tool_call_id;
  return parts.map((part) => ({ callId, name: names.get(callId) ?? 'a tool', part }));
}

function toImageParts(image: ToolImage, endpoint: Endpoint): Fields[] {
  return [{ type: 'text', text: toolImageCaption(image) }, toPart(image.part, endpoint, 'messages', 0)];
}
