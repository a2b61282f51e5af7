import type { GenerateRequest } from '../../../formats/gemini/parse-request.ts';
import { openThoughts } from '../../../formats/gemini/thought-seals.ts';
import type { OwnerSeal } from '../../../formats/shared/owner-seal.ts';
import type { Key } from '../../access/key-cache.ts';
import type { RequestNeeds } from '../../way/operation.ts';
import { chatNeeds } from '../shared/chat-needs.ts';
import { withUnsaid } from '../shared/with-unsaid.ts';

/**
 * What a request asks of a model: as the pivot says it, and what a relay's model reads besides. What was sealed is measured as it will
 * be read: it was compressed.
 */
export async function generateNeeds(
  { chat, unsaid, needed }: GenerateRequest,
  key: Key,
  seal: OwnerSeal,
): Promise<RequestNeeds> {
  const needs = await chatNeeds(withUnsaid(openThoughts(chat, null, seal), unsaid), key);
  return { ...needs, needed, params: { input: 'contents', output: 'generationConfig.maxOutputTokens' } };
}
