import type { ResponsesRequest } from '../../../formats/responses/parse-request.ts';
import type { Key } from '../../access/key-cache.ts';
import type { RequestNeeds } from '../../way/operation.ts';
import { chatNeeds } from '../shared/chat-needs.ts';

/** What a request asks for. What only OpenAI knows is measured as the text that it is: another provider gets none of it. */
export async function responsesNeeds(request: ResponsesRequest, key: Key): Promise<RequestNeeds> {
  const { pivot, foreign } = request;
  const { chat } = pivot;
  const unknown = foreign.map((item) => ({ role: 'user' as const, content: JSON.stringify(item) }));
  const measured = unknown.length === 0 ? chat : { ...chat, messages: [...chat.messages, ...unknown] };
  const needs = await chatNeeds(measured, key);
  return { ...needs, params: { input: 'input', output: 'max_output_tokens' } };
}
