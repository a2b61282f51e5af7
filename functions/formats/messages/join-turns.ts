import { invalid } from '../shared/refusals.ts';
import type { BlockOf, ContentBlock, MessageParam } from './messages-request.ts';

/** A block, and where it stands in the request. */
export interface Placed<Block = ContentBlock> {
  block: Block;
  param: string;
}

export interface Turn {
  role: MessageParam['role'];
  blocks: Placed[];
  /** Of its first message. */
  param: string;
}

/**
 * The conversation in turns: neighbours of one role are one, as the API reads them. Throws `invalid_request_error` where a call has
 * no result in the next turn, two, or a result has no call, or two calls of a turn are one by their ids: everybody refuses such a
 * conversation. It stops after each message.
 */
export function* joinTurns(messages: readonly MessageParam[]): Generator<void, Turn[]> {
  const turns: Turn[] = [];
  for (const [at, { role, content }] of messages.entries()) {
    const param = `messages.${at}`;
    const blocks = toBlocks(content, param);
    const last = turns.at(-1);
    if (last?.role === role) for (const block of blocks) last.blocks.push(block);
    else turns.push({ role, blocks, param });
    yield;
  }
  for (const [at, turn] of turns.entries()) checkCalls(turn, turns[at - 1], turns[at + 1]);
  return turns;
}

export function isOf<Type extends string>(placed: Placed, type: Type): placed is Placed<BlockOf<Type>> {
  return placed.block.type === type;
}

function toBlocks(content: MessageParam['content'], param: string): Placed[] {
  if (typeof content === 'string') return [{ block: { type: 'text', text: content }, param: `${param}.content` }];
  return content.map((block, at) => ({ block, param: `${param}.content.${at}` }));
}

function checkCalls(turn: Turn, before: Turn | undefined, after: Turn | undefined): void {
  const calls = turn.role === 'assistant' ? idsOf(turn, 'tool_use', 'id') : [];
  if (new Set(calls).size < calls.length)
    throw invalid(turn.param, `${turn.param}: ids of \`tool_use\` must be unique.`);
  const results = new Set(after?.role === 'user' ? idsOf(after, 'tool_result', 'tool_use_id') : []);
  if (calls.some((id) => !results.has(id))) {
    throw invalid(turn.param, `${turn.param}: each \`tool_use\` needs a \`tool_result\` in the next message.`);
  }
  const asked = new Set(before?.role === 'assistant' ? idsOf(before, 'tool_use', 'id') : []);
  for (const placed of turn.blocks) {
    if (!isOf(placed, 'tool_result')) continue;
    const { block, param } = placed;
    if (turn.role === 'user' && asked.delete(block.tool_use_id)) continue;
    throw invalid(
      param,
      `${param}: there is no \`tool_use\` in the message before for this \`tool_result\` to answer.`,
    );
  }
}

function idsOf<Type extends 'tool_use' | 'tool_result'>({ blocks }: Turn, type: Type, field: string): string[] {
  return blocks
    .filter((placed) => isOf(placed, type))
    .map(({ block }) => String((block as Record<string, unknown>)[field]));
}
