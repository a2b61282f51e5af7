import type { ResponsesRequest } from '../../../formats/responses/parse-request.ts';
import type { Key } from '../../access/key-cache.ts';
import type { RequestNeeds } from '../../way/operation.ts';
import { chatNeeds } from '../shared/chat-needs.ts';

/** Pieces of a template that a tool of OpenAI's own stands for, generously: what it tells the model of it is not in the request. */
const OWN_TOOL_PIECES = 64;

/** What a request asks of a model: as the pivot says it, and what a relay's model reads besides, as the text that it is. */
export async function responsesNeeds(request: ResponsesRequest, key: Key): Promise<RequestNeeds> {
  const { pivot, unsaid, ownTools } = request;
  const { chat } = pivot;
  const others = unsaid.map((value) => ({ role: 'user' as const, content: JSON.stringify(value) }));
  const measured = others.length === 0 ? chat : { ...chat, messages: [...chat.messages, ...others] };
  const needs = await chatNeeds(measured, key);
  const pieces = needs.input.pieces + OWN_TOOL_PIECES * ownTools;
  return { ...needs, input: { ...needs.input, pieces }, params: { input: 'input', output: 'max_output_tokens' } };
}
