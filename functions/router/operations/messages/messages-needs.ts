import type { InputMeasure } from '../../../core/routing/quote.ts';
import { isAnthropicsTool } from '../../../formats/messages/costly-fields.ts';
import type { MessagesRequest } from '../../../formats/messages/parse-request.ts';
import { openThoughts } from '../../../formats/messages/parse-thought.ts';
import type { ChatRequest } from '../../../formats/pivot/chat-request.ts';
import type { OwnerSeal } from '../../../formats/shared/owner-seal.ts';
import type { Key } from '../../access/key-cache.ts';
import type { RequestNeeds } from '../../way/operation.ts';
import { chatNeeds } from '../shared/chat-needs.ts';

/**
 * Pieces of a template that a tool of Anthropic's own stands for: its schema is not in the request. The dearest that is documented
 * has 735 tokens. https://docs.claude.com/en/docs/agents-and-tools/tool-use/computer-use-tool#pricing
 */
const OWN_TOOL_PIECES = 64;
/** A conversation that is made shorter is read twice, and two texts are written: the summary, and the answer. */
const COMPACTION_PASSES = 2;

/** What a request asks of a model: as the pivot says it, and what a relay's model reads besides. */
export async function messagesNeeds(request: MessagesRequest, key: Key, seal: OwnerSeal): Promise<RequestNeeds> {
  const needs = await chatNeeds(measured(request, seal), key);
  const ownTools = (request.body.tools ?? []).filter(isAnthropicsTool).length;
  const compacts = asksForSummary(request);
  const input: InputMeasure = {
    ...needs.input,
    pieces: needs.input.pieces + OWN_TOOL_PIECES * ownTools,
    cacheMarked: needs.input.cacheMarked === true || mentions(request.body, 'cache_control'),
    ...(compacts ? { passes: COMPACTION_PASSES } : {}),
  };
  return {
    ...needs,
    input,
    needed: request.needed,
    params: { input: 'messages', output: 'max_tokens' },
    choices: compacts ? COMPACTION_PASSES : 1,
  };
}

/**
 * What no other format has a word for is counted as a text before the conversation, and what was sealed as it will be read: it was
 * compressed.
 */
function measured({ chat: sealed, unsaid }: MessagesRequest, seal: OwnerSeal): ChatRequest {
  const chat = openThoughts(sealed, null, seal);
  if (unsaid.length === 0) return chat;
  const content = unsaid.map((value) => JSON.stringify(value)).join('\n');
  return { ...chat, messages: [{ role: 'system', content }, ...chat.messages] };
}

/** https://platform.claude.com/docs/en/build-with-claude/compaction: the summary is billed beside the answer. */
function asksForSummary({ body }: MessagesRequest): boolean {
  return body.compaction != null || JSON.stringify(body.context_management ?? null).includes('"compact');
}

function mentions(value: unknown, name: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some((each) => mentions(each, name));
  // Not by lists of entries: it goes through all of a body, and these are most of what that would cost.
  for (const field in value) {
    const each = (value as Record<string, unknown>)[field];
    if ((field === name && each != null) || mentions(each, name)) return true;
  }
  return false;
}
