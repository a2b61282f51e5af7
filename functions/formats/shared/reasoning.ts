import { type EffortLevel, nearestEffort } from '../../core/endpoints/effort.ts';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { ChatRequest } from '../pivot/chat-request.ts';

/** What the caller asked of reasoning, from `reasoning` and `reasoning_effort`; the former wins. */
export interface WantedReasoning {
  /** False only where the caller said so: `effort: "none"` or `enabled: false`. */
  on: boolean;
  effort: Exclude<EffortLevel, 'none'> | null;
  /** A budget in tokens. */
  budget: number | null;
}

/** Null where the caller said nothing; then nothing is sent, and the model does what it does by default. */
export function wantedReasoning(chat: ChatRequest): WantedReasoning | null {
  const { reasoning } = chat;
  const effort = reasoning?.effort ?? chat.reasoning_effort ?? null;
  const budget = reasoning?.max_tokens ?? null;
  if (effort === 'none' || reasoning?.enabled === false) return { on: false, effort: null, budget: null };
  if (effort === null && budget === null && reasoning?.enabled !== true) return null;
  return { on: true, effort, budget };
}

/** The level that the caller named; null where none was. */
export function namedEffort(chat: ChatRequest): EffortLevel | null {
  const wanted = wantedReasoning(chat);
  return wanted === null || wanted.on ? (wanted?.effort ?? null) : 'none';
}

/** Whether the caller wants to see the reasoning. */
export function showsReasoning(chat: ChatRequest): boolean {
  return chat.reasoning?.exclude !== true;
}

/** Shares of the output limit that OpenRouter's documentation gives to each effort. */
const budgetShare = { minimal: 0.1, low: 0.2, medium: 0.5, high: 0.8, xhigh: 0.95, max: 0.95 } as const;

/** The smallest thinking budget that Anthropic accepts. */
export const MIN_BUDGET_TOKENS = 1_024;
const MAX_BUDGET_TOKENS = 128_000;

/**
 * A thinking budget that leaves room for an answer below `maxOutputTokens`; null where there is no room for the
 * smallest budget, and the turn runs without thinking.
 */
export function budgetTokens(wanted: WantedReasoning, maxOutputTokens: number): number | null {
  const asked = wanted.budget ?? Math.floor(maxOutputTokens * budgetShare[wanted.effort ?? 'medium']);
  const budget = Math.min(Math.max(asked, MIN_BUDGET_TOKENS), MAX_BUDGET_TOKENS, maxOutputTokens - 1);
  return budget >= MIN_BUDGET_TOKENS ? budget : null;
}

/**
 * The level that an endpoint is asked for, of those it takes; null where it takes none, or the caller named neither a level
 * nor a budget and `fallback` says nothing for it.
 */
export function toEffort(
  wanted: WantedReasoning,
  maxOutputTokens: number,
  { reasoning }: Endpoint,
  fallback: EffortLevel | null = null,
): EffortLevel | null {
  if (!wanted.on) return nearestEffort('none', reasoning.effortLevels);
  const isOpen = wanted.effort === null && wanted.budget === null;
  const level = isOpen ? fallback : effortName(wanted, maxOutputTokens);
  return level === null ? null : nearestEffort(level, reasoning.effortLevels);
}

/** The effort nearest to a budget, for upstreams that take only names. */
export function effortName(wanted: WantedReasoning, maxOutputTokens: number): Exclude<EffortLevel, 'none'> {
  if (wanted.effort !== null) return wanted.effort;
  if (wanted.budget === null) return 'medium';
  const share = wanted.budget / maxOutputTokens;
  if (share <= 0.1) return 'minimal';
  if (share <= 0.2) return 'low';
  return share <= 0.5 ? 'medium' : 'high';
}
