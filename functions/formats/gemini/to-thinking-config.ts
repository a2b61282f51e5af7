import { type EffortLevel, nearestEffort } from '../../core/endpoints/effort.ts';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { ParsedChat } from '../pivot/upstream-format.ts';
import { budgetTokens, showsReasoning, toEffort, type WantedReasoning, wantedReasoning } from '../shared/reasoning.ts';
import type { ThinkingConfig, ThinkingLevel } from './wire.ts';

/** The largest budget that every Gemini 2.5 takes. https://ai.google.dev/gemini-api/docs/thinking#set-budget */
const MAX_BUDGET_TOKENS = 24_576;
/** Gemini 2.5 Pro cannot stop thinking; this is the least it can do. */
const MIN_PRO_BUDGET_TOKENS = 128;
/** The budget that leaves it to the model. */
const DYNAMIC_BUDGET = -1;

const levels = {
  minimal: 'MINIMAL',
  low: 'LOW',
  medium: 'MEDIUM',
  high: 'HIGH',
  xhigh: 'HIGH',
  max: 'HIGH',
} as const satisfies Record<string, ThinkingLevel>;

/**
 * How much to think, and whether to show it; null where the caller said nothing of reasoning, and the model does what it
 * does by default. Thoughts are asked for only where the caller spoke of reasoning and did not exclude it: a caller who
 * knows nothing of them gets the answer alone.
 */
export function toThinkingConfig(parsed: ParsedChat, endpoint: Endpoint): ThinkingConfig | null {
  const { chat } = parsed;
  if (!endpoint.capabilities.has('reasoning')) return null;
  if (chat.reasoning == null && chat.reasoning_effort == null) return null;
  const wanted = wantedReasoning(chat);
  if (wanted?.on === false) return toLeast(endpoint);
  const depth = wanted === null ? null : toDepth(wanted, parsed.maxOutputTokens, endpoint);
  // To show thoughts is refused where there are none.
  const isShown = showsReasoning(chat) && depth?.thinkingBudget !== 0;
  const config = { ...depth, ...(isShown ? { includeThoughts: true } : {}) };
  return Object.keys(config).length > 0 ? config : null;
}

function toDepth(wanted: WantedReasoning, maxOutputTokens: number, endpoint: Endpoint): ThinkingConfig | null {
  const isOpen = wanted.effort === null && wanted.budget === null;
  switch (endpoint.reasoning.send) {
    case 'level':
      return toLevel(toEffort(wanted, maxOutputTokens, endpoint));
    case 'budget': {
      if (isOpen) return { thinkingBudget: DYNAMIC_BUDGET };
      // `maxOutputTokens` counts thoughts too, so where there is no room for a budget there is none for thinking.
      const budget = budgetTokens(wanted, maxOutputTokens);
      return budget === null ? toLeast(endpoint) : { thinkingBudget: Math.min(budget, MAX_BUDGET_TOKENS) };
    }
    default:
      return null;
  }
}

function toLeast(endpoint: Endpoint): ThinkingConfig | null {
  switch (endpoint.reasoning.send) {
    case 'level':
      return toLevel(nearestEffort('none', endpoint.reasoning.effortLevels));
    case 'budget':
      return { thinkingBudget: /2\.5-pro/.test(endpoint.upstreamModel) ? MIN_PRO_BUDGET_TOKENS : 0 };
    default:
      return null;
  }
}

/** https://ai.google.dev/gemini-api/docs/generate-content/thinking#thinking-levels; which model takes which is in the catalogue. */
function toLevel(effort: EffortLevel | null): ThinkingConfig | null {
  return effort === null || effort === 'none' ? null : { thinkingLevel: levels[effort] };
}
