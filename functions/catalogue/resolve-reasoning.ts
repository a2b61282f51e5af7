import type { EffortLevel } from '../core/endpoints/effort.ts';
import type { FormatName, ReasoningIssuer, ReasoningRules } from '../core/endpoints/endpoint.ts';
import type { ProviderEntry } from './catalogue-file.ts';

/**
 * The levels that are taken where nobody says which. Of chat servers most know three and none at all, and some refuse any
 * other; https://platform.openai.com/docs/api-reference/responses/create, https://docs.claude.com/en/docs/build-with-claude/effort,
 * https://ai.google.dev/gemini-api/docs/thinking#thinking-levels, and for OpenAI's open models on Bedrock their model card.
 */
const effortLevelsOf: Readonly<Record<FormatName, readonly EffortLevel[]>> = {
  chat: ['none', 'low', 'medium', 'high'],
  responses: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'],
  messages: ['low', 'medium', 'high', 'xhigh', 'max'],
  gemini: ['low', 'medium', 'high'],
  converse: ['low', 'medium', 'high'],
};

/** How an endpoint is asked for reasoning: what its entries say, and else what goes without saying for its format. */
export function resolveReasoning(
  format: FormatName,
  upstreamModel: string,
  entry: NonNullable<ProviderEntry['reasoning']>,
): ReasoningRules {
  const issuer = entry.issuer ?? defaultIssuer(format, upstreamModel);
  return {
    send: entry.send ?? defaultSend(format, upstreamModel),
    field: entry.field ?? null,
    replay: entry.replay ?? 'signed',
    issuer,
    effortLevels: entry.effort_levels ?? effortLevelsOf[issuer === 'anthropic-claude-v1' ? 'messages' : format],
    thinkingOff: entry.thinking_off ?? null,
  };
}

/** Gemini took budgets up to 2.5 and takes levels since 3. */
function defaultSend(format: FormatName, upstreamModel: string): ReasoningRules['send'] {
  if (format === 'chat' || format === 'responses') return 'effort';
  return format === 'gemini' && upstreamModel.includes('gemini-3') ? 'level' : 'budget';
}

/** Signatures are checked by the family of models that made them, whoever serves it. */
function defaultIssuer(format: FormatName, upstreamModel: string): ReasoningIssuer {
  switch (format) {
    case 'messages':
      return 'anthropic-claude-v1';
    case 'gemini':
      return 'google-gemini-v1';
    case 'responses':
      return 'openai-responses-v1';
    case 'chat':
      return upstreamModel.includes('gemini') ? 'google-gemini-v1' : 'unknown';
    case 'converse':
      if (/anthropic\.|claude/.test(upstreamModel)) return 'anthropic-claude-v1';
      return upstreamModel.includes('nova') ? 'amazon-nova-v1' : 'unknown';
  }
}
