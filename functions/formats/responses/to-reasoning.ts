import type OpenAI from 'openai';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { toEffort } from '../chat/to-reasoning.ts';
import type { ParsedChat } from '../pivot/upstream-format.ts';
import { effortName, showsReasoning, wantedReasoning } from '../shared/reasoning.ts';

/**
 * What `reasoning` says; null where the caller said nothing, and the model does what it does by default. The summary is all
 * that the API shows of reasoning, and it has to be asked for.
 */
export function toReasoning(parsed: ParsedChat, endpoint: Endpoint): OpenAI.Reasoning | null {
  const wanted = wantedReasoning(parsed.chat);
  if (wanted === null || !endpoint.capabilities.has('reasoning')) return null;
  if (!wanted.on) return { effort: 'none' };
  return {
    effort: toEffort(effortName(wanted, parsed.maxOutputTokens)),
    ...(showsReasoning(parsed.chat) ? { summary: 'auto' } : {}),
  };
}
