import {
  type AssistantMessage,
  type ChatMessage,
  type ImagePart,
  MAX_PARTS,
  type TextPart,
  type ToolMessage,
  type UserPart,
} from '../pivot/chat-request.ts';
import { oneText } from '../shared/one-text.ts';
import { PartPositions } from '../shared/part-positions.ts';
import { splitResult } from '../shared/tool-result.ts';
import type { Unsaid } from '../shared/unsaid.ts';
import { refuseCostlyBlock } from './costly-fields.ts';
import { isOf, joinTurns, type Placed, type Turn } from './join-turns.ts';
import { type BlockOf, blockFields, type MessageParam, type MessagesBody } from './messages-request.ts';
import type { Place } from './own-param.ts';
import { parseCacheControl } from './parse-cache-control.ts';
import { parsePart, parseText } from './parse-parts.ts';
import { parseThought } from './parse-thought.ts';

/** Claude Code's first block of the system: of its version and the bill, new with each request. It says nothing to a model. */
const ATTRIBUTION = /^x-anthropic-billing-header:/;

/** A message of the pivot, and where it was said. */
export interface PlacedMessage extends Place {
  message: ChatMessage;
}

/** Where the system speaks. */
export const SYSTEM = 'system';

/** What the system says, as the first message of the conversation; none where it says nothing. */
export function parseSystem(system: MessagesBody['system'], unsaid: Unsaid): PlacedMessage[] {
  const place = { param: SYSTEM, parts: [] };
  if (system == null || system === '') return [];
  if (typeof system === 'string') return [{ ...place, message: { role: 'system', content: system } }];
  const said = system.filter(({ text }) => text !== '' && !ATTRIBUTION.test(text));
  unsaid.values.push(...system.filter(({ text }) => ATTRIBUTION.test(text)));
  return said.length === 0 ? [] : [{ ...place, message: { role: 'system', content: oneText(said.map(parseText)) } }];
}

/** The conversation in the pivot's messages, block by block. What only this format has is told to `unsaid`. */
export function* parseMessages(messages: readonly MessageParam[], unsaid: Unsaid): Generator<void, PlacedMessage[]> {
  const parsed: PlacedMessage[] = [];
  for (const turn of yield* joinTurns(messages)) {
    const { role, param } = turn;
    if (role === 'user') {
      for (const placed of yield* parseUser(turn, unsaid)) parsed.push(placed);
    } else if (role === 'assistant') {
      parsed.push({ message: yield* parseAssistant(turn, unsaid), param, parts: [] });
    } else {
      for (const message of yield* parseLateSystem(turn, unsaid)) parsed.push({ message, param, parts: [] });
    }
  }
  return parsed;
}

/** Results of tools come first, since they belong to the calls right before them. What is more than fits into a message is in several. */
function* parseUser({ blocks, param }: Turn, unsaid: Unsaid): Generator<void, PlacedMessage[]> {
  const placed: PlacedMessage[] = [];
  const parts: UserPart[] = [];
  const params: string[] = [];
  const say = (said: readonly UserPart[], at: string) => {
    for (const part of said) {
      parts.push(part);
      params.push(at);
    }
  };
  for (const each of blocks) {
    if (isOf(each, 'tool_result')) {
      unsaid.beyond(each.block, blockFields.get('tool_result'));
      const { message, beside } = parseResult(each, unsaid);
      placed.push({ message, param: each.param, parts: [] });
      say(beside, each.param);
    } else {
      say(parsePart(each.block, each.param, unsaid), each.param);
    }
    yield;
  }
  for (let at = 0; at < parts.length; at += MAX_PARTS) {
    const content = oneText(parts.slice(at, at + MAX_PARTS));
    placed.push({ message: { role: 'user', content }, param, parts: params.slice(at, at + MAX_PARTS) });
  }
  return placed;
}

/** What a model reads before a result that says it is an error, where no field says so. */
const FAILED = 'Error: ';

/** A result, and beside it the files that it holds, for which no other format has a place in a result. */
function parseResult(
  { block, param }: Placed<BlockOf<'tool_result'>>,
  unsaid: Unsaid,
): { message: ToolMessage; beside: UserPart[] } {
  const { tool_use_id, content, is_error, cache_control } = block;
  const parts: UserPart[] =
    typeof content === 'string'
      ? [{ type: 'text', text: content }]
      : (content ?? []).flatMap((inner, at) => parsePart(inner, `${param}.content.${at}`, unsaid));
  const { told, beside } = splitResult(tool_use_id, parts);
  const failed: TextPart[] = is_error && !saysError(told[0]) ? [{ type: 'text', text: FAILED }] : [];
  return {
    message: {
      role: 'tool',
      tool_call_id: tool_use_id,
      content: joinTexts([...failed, ...told]),
      ...parseCacheControl(cache_control),
    },
    beside,
  };
}

function saysError(first: TextPart | ImagePart | undefined): boolean {
  return first?.type === 'text' && /error/i.test(first.text.slice(0, 64));
}

/** One text where there is nothing else. */
function joinTexts(parts: (TextPart | ImagePart)[]): ToolMessage['content'] {
  return parts.every((part): part is TextPart => part.type === 'text' && part.cache_control === undefined)
    ? parts.map(({ text }) => text).join(parts[0]?.text === FAILED ? '' : '\n')
    : parts;
}

function* parseAssistant({ blocks }: Turn, unsaid: Unsaid): Generator<void, ChatMessage> {
  const positions = new PartPositions();
  const content: TextPart[] = [];
  const calls: NonNullable<AssistantMessage['tool_calls']> = [];
  const details: NonNullable<AssistantMessage['reasoning_details']> = [];
  for (const placed of blocks) {
    unsaid.beyond(placed.block, blockFields.get(placed.block.type));
    if (isOf(placed, 'text')) {
      content.push(parseText(placed.block));
      positions.text(placed.block.text);
    } else if (isOf(placed, 'tool_use')) {
      const { id, name, input } = placed.block;
      calls.push({ id, type: 'function', function: { name, arguments: JSON.stringify(input) } });
      positions.take();
    } else if (isOf(placed, 'thinking') || isOf(placed, 'redacted_thinking')) {
      details.push(parseThought(placed.block, positions.take()));
    } else {
      refuseCostlyBlock(placed.block, placed.param);
      unsaid.block(placed.block, placed.param);
    }
    yield;
  }
  return {
    role: 'assistant',
    content: oneText(content),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    ...(details.length > 0 ? { reasoning_details: details } : {}),
  };
}

function* parseLateSystem({ blocks }: Turn, unsaid: Unsaid): Generator<void, ChatMessage[]> {
  const parts: TextPart[] = [];
  for (const { block, param } of blocks) {
    const [part] = parsePart(block, param, unsaid);
    if (part?.type === 'text') parts.push(part);
    else if (part !== undefined) unsaid.block(block, param);
    yield;
  }
  return parts.length === 0 ? [] : [{ role: 'system', content: parts }];
}
