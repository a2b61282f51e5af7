import type {
  AssistantMessage,
  ChatMessage,
  MessagePhase,
  ReasoningDetail,
  TextPart,
  ToolCall,
  UserPart,
} from '../pivot/chat-request.ts';
import { toInputArguments } from '../shared/custom-tools.ts';
import { PartPositions } from '../shared/part-positions.ts';
import { invalid } from '../shared/refusals.ts';
import { splitResult } from '../shared/tool-result.ts';
import { PART_BREAK } from './from-reasoning-item.ts';
import {
  type CallItem,
  type ContentPart,
  type Item,
  isKnownItem,
  type MessageItem,
  type OutputItem,
  type ReasoningInput,
} from './responses-request.ts';
import { withResultsNext } from './results-next.ts';
import type { ToolBook } from './tool-book.ts';

/** What a conversation is read with. */
export interface InputReader {
  tools: ToolBook;
  /** The details that a reasoning item carries. `param`: its path. */
  open(item: ReasoningInput, param: string): ReasoningDetail[];
}

/**
 * Input items as messages. What the assistant thought, said and called one after the other is one turn. Items of types that the
 * router does not know are left out: they are for the provider that wrote them. It stops after each item.
 */
export function* fromInput(
  { input, instructions }: { input: string | readonly Item[]; instructions: string | null },
  reader: InputReader,
): Generator<void, ChatMessage[]> {
  const messages: ChatMessage[] = instructions === null ? [] : [{ role: 'system', content: instructions }];
  if (typeof input === 'string') return [...messages, { role: 'user', content: input }];
  let turn: AssistantTurn | null = null;
  const endTurn = () => {
    if (turn !== null) messages.push(...turn.messages());
    turn = null;
  };
  const ofAssistant = (): AssistantTurn => {
    turn ??= new AssistantTurn();
    return turn;
  };
  for (const [at, item] of input.entries()) {
    const param = `input.${at}`;
    if (!isKnownItem(item)) continue;
    switch (item.type) {
      case 'message':
        if (item.role === 'assistant') {
          ofAssistant().say(item, param);
        } else {
          endTurn();
          messages.push(toMessage(item, param));
        }
        break;
      case 'reasoning':
        ofAssistant().think(reader.open(item, param));
        break;
      case 'function_call':
      case 'custom_tool_call':
        ofAssistant().call(toCall(item, reader.tools));
        break;
      case 'function_call_output':
      case 'custom_tool_call_output':
        endTurn();
        messages.push(...toResult(item, param));
        break;
      default:
        // References have been resolved, and tools that come later are with the others.
        break;
    }
    yield;
  }
  endTurn();
  return withResultsNext(messages);
}

/** What the assistant did between two turns of others. */
class AssistantTurn {
  readonly #texts: { text: string; phase: string | null }[] = [];
  readonly #details: ReasoningDetail[] = [];
  readonly #calls: ToolCall[] = [];
  readonly #positions = new PartPositions();
  #refusal = '';

  say({ content, phase }: MessageItem, param: string): void {
    const parts = typeof content === 'string' ? [{ type: 'output_text' as const, text: content }] : content;
    let text = '';
    for (const [at, part] of parts.entries()) {
      if (part.type === 'refusal') this.#refusal += part.refusal;
      else if ('text' in part) text += part.text;
      else throw invalid(`${param}.content.${at}.type`, 'An assistant says texts and refusals.');
    }
    this.#positions.text(text);
    if (text !== '') this.#texts.push({ text, phase: phase ?? null });
  }

  /** Where they do not say where they stood, they stand here. */
  think(details: readonly ReasoningDetail[]): void {
    for (const detail of details) {
      this.#details.push(detail.index === undefined ? { ...detail, index: this.#positions.take() } : detail);
    }
  }

  call(call: ToolCall): void {
    this.#positions.take();
    this.#calls.push(call);
  }

  /** One message; none where nothing was said or called, since nobody takes a thought that nothing follows. */
  messages(): AssistantMessage[] {
    const content = this.#texts.map(({ text }) => text).join(PART_BREAK);
    if (content === '' && this.#refusal === '' && this.#calls.length === 0) return [];
    return [
      {
        role: 'assistant',
        content: content === '' ? null : content,
        ...(this.#refusal === '' ? {} : { refusal: this.#refusal }),
        ...(this.#calls.length === 0 ? {} : { tool_calls: this.#calls }),
        ...(this.#details.length === 0 ? {} : { reasoning_details: this.#details }),
        ...this.#phases(),
      },
    ];
  }

  #phases(): { phases?: MessagePhase[] } {
    if (this.#texts.every(({ phase }) => phase === null)) return {};
    return { phases: this.#texts.map(({ text, phase }, index) => ({ index, phase, length: text.length })) };
  }
}

function toCall(item: CallItem, tools: ToolBook): ToolCall {
  const name = tools.flat(item.name, item.namespace ?? null);
  const args = item.type === 'custom_tool_call' ? toInputArguments(item.input) : item.arguments;
  return { id: item.call_id, type: 'function', function: { name, arguments: args } };
}

function toMessage({ role, content }: MessageItem, param: string): ChatMessage {
  if (role === 'user') {
    if (typeof content === 'string' || content.length === 0) return { role, content: String(content) };
    return { role, content: content.map((part, at) => toUserPart(part, `${param}.content.${at}`)) };
  }
  const kept = role === 'developer' ? 'developer' : 'system';
  return {
    role: kept,
    content: typeof content === 'string' || content.length === 0 ? String(content) : toTexts(content, param),
  };
}

function toTexts(content: readonly ContentPart[], param: string): TextPart[] {
  return content.map((part, at) => {
    const taken = toUserPart(part, `${param}.content.${at}`);
    if (taken.type === 'text') return taken;
    throw invalid(`${param}.content.${at}.type`, 'Instructions are texts.');
  });
}

/** A result, and behind it what only a user can say. */
function toResult({ call_id, output }: OutputItem, param: string): ChatMessage[] {
  const role = 'tool';
  if (typeof output === 'string' || output.length === 0) {
    return [{ role, tool_call_id: call_id, content: String(output) }];
  }
  const parts = output.map((part, at) => toUserPart(part, `${param}.output.${at}`));
  const { told, beside } = splitResult(call_id, parts);
  const result: ChatMessage = { role, tool_call_id: call_id, content: told.length === 0 ? '' : told };
  return beside.length === 0 ? [result] : [result, { role: 'user', content: beside }];
}

function toUserPart(part: ContentPart, param: string): UserPart {
  switch (part.type) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return { type: 'text', text: part.text };
    case 'refusal':
      return { type: 'text', text: part.refusal };
    case 'input_image': {
      if (!part.image_url) throw notStored(`${param}.file_id`);
      // OpenAI alone tells `original` apart.
      const detail = part.detail === 'original' ? 'high' : (part.detail ?? undefined);
      return { type: 'image_url', image_url: { url: part.image_url, detail } };
    }
    case 'input_file': {
      const data = part.file_data ?? part.file_url;
      if (!data) throw notStored(`${param}.file_id`);
      return { type: 'file', file: { file_data: data, ...(part.filename ? { filename: part.filename } : {}) } };
    }
    case 'input_audio':
      return { type: 'input_audio', input_audio: part.input_audio };
  }
}

/** Such a file would lie in the router's own account, where every caller could read every other's. */
function notStored(param: string) {
  return invalid(param, 'Files stored at a provider cannot be used; send the data or a URL.');
}
