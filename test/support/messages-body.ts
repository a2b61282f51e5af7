import { type Capability, capabilities, type ReasoningRules } from '../../functions/core/endpoints/endpoint.ts';
import { messagesFormat } from '../../functions/formats/messages/format.ts';
import { chatRequestSchema } from '../../functions/formats/pivot/chat-request.ts';
import { makeEndpoint } from './make-endpoint.ts';

export const claude = 'anthropic-claude-v1';

export interface Setting {
  send?: ReasoningRules['send'];
  replay?: ReasoningRules['replay'];
  without?: readonly Capability[];
  maxOutputTokens?: number;
}

/**
 * The Messages body for a request that says hello and `fields`. Parsed as the router does it, so that no test asks for
 * what cannot come.
 */
export function messagesBodyOf(fields: object, setting: Setting = {}): Record<string, unknown> {
  const { send = 'budget', replay = 'signed', without = [], maxOutputTokens = 10_000 } = setting;
  const raw = { model: 'm', messages: [{ role: 'user', content: 'Hello' }], ...fields };
  const endpoint = makeEndpoint({
    format: 'messages',
    upstreamModel: 'claude-sonnet-4-5',
    capabilities: new Set(capabilities.filter((capability) => !without.includes(capability))),
    reasoning: { send, field: null, replay, issuer: claude },
  });
  return messagesFormat.request({ chat: chatRequestSchema.parse(raw), raw, maxOutputTokens }, endpoint).body;
}
