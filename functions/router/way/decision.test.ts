import { describe, expect, test } from '@jest/globals';
import { type EndpointChanges, makeEndpoint } from '../../../test/support/make-endpoint.ts';
import type { EffortLevel } from '../../core/endpoints/effort.ts';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { Ranked } from '../../core/routing/ranked.ts';
import { describeDecision, type ModelChoice } from './decision.ts';

const ranked = (endpoint: Endpoint) =>
  ({
    candidate: { endpoint, inputTokens: 1, outputTokens: 1, choices: 1 },
    cost: 1n,
    latencyMs: 1,
    figures: { firstTokenMs: 1, tokensPerSecond: 1, errorRate: 0, samples: 0 },
    standing: { state: 'closed', until: null },
    score: 1,
    hope: 1,
  }) as unknown as Ranked;

/** What a decision says of the effort that one endpoint is asked for. */
function effortAt(changes: EndpointChanges, effort: EffortLevel | null) {
  const ranking = { order: [ranked(makeEndpoint(changes))], heldBack: [], explored: null };
  const choices = [{ ranking, selection: { candidates: [], excluded: [] } }] as unknown as ModelChoice[];
  const needs = { profile: 'balanced', preferences: { sort: null }, effort } as Parameters<typeof describeDecision>[0];
  return describeDecision(needs, choices, null).candidates[0]?.effort;
}

describe('a decision says which effort an endpoint is asked for', () => {
  const reasoning = { effortLevels: ['low', 'high'] as const };
  test.each<[EndpointChanges, EffortLevel | null, unknown]>([
    [{ reasoning }, 'xhigh', { wanted: 'xhigh', sent: 'high' }],
    [{ reasoning }, 'low', { wanted: 'low', sent: 'low' }],
    [{ reasoning }, 'none', { wanted: 'none', sent: 'low' }],
    [{ reasoning: { ...reasoning, thinkingOff: { thinking: false } } }, 'none', { wanted: 'none', sent: 'none' }],
    [{ reasoning: { effortLevels: [] } }, 'high', { wanted: 'high', sent: null }],
    [{ reasoning: { ...reasoning, send: 'budget' } }, 'high', null],
    [{ reasoning, capabilities: new Set() }, 'high', null],
    [{ reasoning }, null, null],
  ])('%j with %s: %j', (changes, effort, said) => expect(effortAt(changes, effort)).toEqual(said));
});
