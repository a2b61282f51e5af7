import type OpenAI from 'openai';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { ParsedChat } from '../pivot/upstream-format.ts';
import { showsReasoning, toEffort, wantedReasoning } from '../shared/reasoning.ts';

/**
 * What `reasoning` says; null where the caller said nothing, and the model does what it does by default. The summary is all
 * that the API shows of reasoning, and it has to be asked for.
 */
export function toReasoning(parsed: ParsedChat, endpoint: Endpoint): OpenAI.Reasoning | null {
  const wanted = wantedReasoning(parsed.chat);
  if (wanted === null || !endpoint.capabilities.has('reasoning')) return null;
  const effort = toEffort(wanted, parsed.maxOutputTokens, endpoint, 'medium');
  return {
    ...(effort === null ? {} : { effort }),
    ...(wanted.on && showsReasoning(parsed.chat) ? { summary: 'auto' } : {}),
  };
}
