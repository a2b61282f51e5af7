import {
  type Capability,
  capabilities,
  type Endpoint,
  type ReasoningRules,
} from '../../functions/core/endpoints/endpoint.ts';
import { geminiFormat } from '../../functions/formats/gemini/format.ts';
import type { GenerateContentBody } from '../../functions/formats/gemini/wire.ts';
import { chatRequestSchema } from '../../functions/formats/pivot/chat-request.ts';
import { makeEndpoint } from './make-endpoint.ts';

export const gemini = 'google-gemini-v1';

export interface Setting {
  send?: ReasoningRules['send'];
  replay?: ReasoningRules['replay'];
  model?: string;
  levels?: ReasoningRules['effortLevels'];
  without?: readonly Capability[];
  maxOutputTokens?: number;
}

/** An endpoint for Gemini 3 that can do everything but what `without` names. */
export function geminiEndpoint(setting: Setting = {}): Endpoint {
  const { send = 'level', replay = 'signed', model = 'gemini-3-flash-preview', levels, without = [] } = setting;
  return makeEndpoint({
    format: 'gemini',
    upstreamModel: model,
    capabilities: new Set(capabilities.filter((capability) => !without.includes(capability))),
    reasoning: { send, field: null, replay, issuer: gemini, ...(levels === undefined ? {} : { effortLevels: levels }) },
  });
}

/**
 * The body for a request that says hello and `fields`. Parsed as the router does it, so that no test asks for what cannot
 * come.
 */
export function geminiBodyOf(fields: object, setting: Setting = {}): GenerateContentBody {
  const raw = { model: 'm', messages: [{ role: 'user', content: 'Hello' }], ...fields };
  const parsed = { chat: chatRequestSchema.parse(raw), raw, maxOutputTokens: setting.maxOutputTokens ?? 10_000 };
  return geminiFormat.request(parsed, geminiEndpoint(setting)).body as unknown as GenerateContentBody;
}
