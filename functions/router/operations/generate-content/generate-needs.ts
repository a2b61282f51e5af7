import type { GenerateRequest } from '../../../formats/gemini/parse-request.ts';
import type { Key } from '../../access/key-cache.ts';
import type { RequestNeeds } from '../../way/operation.ts';
import { chatNeeds } from '../shared/chat-needs.ts';

/** What a request asks of a model: as the pivot says it, and what a relay's model reads besides, as the text that it is. */
export async function generateNeeds({ chat, unsaid, needed }: GenerateRequest, key: Key): Promise<RequestNeeds> {
  const others = unsaid.map((value) => ({ role: 'user' as const, content: JSON.stringify(value) }));
  const needs = await chatNeeds({ ...chat, messages: [...chat.messages, ...others] }, key);
  return { ...needs, needed, params: { input: 'contents', output: 'generationConfig.maxOutputTokens' } };
}
