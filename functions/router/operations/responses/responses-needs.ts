import type { ResponsesRequest } from '../../../formats/responses/parse-request.ts';
import type { Key } from '../../access/key-cache.ts';
import type { RequestNeeds } from '../../way/operation.ts';
import { chatNeeds } from '../shared/chat-needs.ts';
import { withUnsaid } from '../shared/with-unsaid.ts';

/** Pieces of a template that a tool of OpenAI's own stands for, generously: what it tells the model of it is not in the request. */
const OWN_TOOL_PIECES = 64;

/** What a request asks of a model: as the pivot says it, and what a relay's model reads besides. */
export async function responsesNeeds(request: ResponsesRequest, key: Key): Promise<RequestNeeds> {
  const { pivot, unsaid, ownTools } = request;
  const needs = await chatNeeds(withUnsaid(pivot.chat, unsaid), key);
  const pieces = needs.input.pieces + OWN_TOOL_PIECES * ownTools;
  return { ...needs, input: { ...needs.input, pieces }, params: { input: 'input', output: 'max_output_tokens' } };
}
