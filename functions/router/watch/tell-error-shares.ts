import { ALERT_RULES, type AlertRule, toAlertRule } from '../../core/alerts/alert-rules.ts';
import type { Alert } from '../../core/alerts/alerts.ts';
import type { Rollup } from '../../core/ledger/rollups.ts';
import { everyDocument } from '../../core/store/every-document.ts';
import { errorFacts } from '../../platform/error-facts.ts';
import { type AlertPorts, raiseAlert } from '../../platform/events/raise-alert.ts';
import { HOUR_MS } from '../api/usage/range.ts';
import { readRollups } from '../api/usage/read-rollups.ts';

/**
 * Raises `error_share` for each rule whose requests fail as often as it says: once in each of its windows, while that lasts.
 * A rule that cannot be judged is logged, and keeps no other from it. `now`: Unix milliseconds.
 */
export async function tellErrorShares(ports: AlertPorts, now: number): Promise<void> {
  for await (const document of everyDocument(ports.documents, ALERT_RULES, 'rule_id')) {
    const rule = toAlertRule(document);
    try {
      const alert = await judge(ports, rule, now);
      if (alert !== null) await raiseAlert(ports, alert);
    } catch (error) {
      ports.log.error('a rule of alerts could not be judged', { rule_id: rule.id, ...errorFacts(error) });
    }
  }
}

/** What a rule has to say of the hours that its window touches; null for nothing. */
async function judge({ documents }: AlertPorts, rule: AlertRule, now: number): Promise<Alert | null> {
  const { id, ownerId, percent, windowHours, leastRequests } = rule;
  const windowMs = windowHours * HOUR_MS;
  const range = { start: new Date(now - windowMs), end: new Date(now) };
  let [requests, errors] = [0n, 0n];
  for await (const rollup of readRollups(documents, { ownerId, keyId: null, grain: 'hour', range })) {
    if (!isOf(rule, rollup)) continue;
    requests += rollup.requests;
    errors += rollup.errors;
  }
  if (requests < BigInt(leastRequests) || errors * 100n < BigInt(percent) * requests) return null;
  const window = new Date(Math.floor(now / windowMs) * windowMs).toISOString().slice(0, 'YYYY-MM-DDTHH'.length);
  return {
    kind: 'error_share',
    subject: [id, window, percent].join('|'),
    at: new Date(now),
    facts: {
      rule_id: id,
      ...(ownerId === null ? {} : { owner_id: ownerId }),
      ...(rule.model === null ? {} : { model: rule.model }),
      ...(rule.provider === null ? {} : { provider: rule.provider }),
      requests,
      errors,
      percent: BigInt(percent),
      window_hours: BigInt(windowHours),
    },
  };
}

function isOf({ model, provider }: AlertRule, rollup: Rollup): boolean {
  return (model === null || rollup.model === model) && (provider === null || rollup.provider === provider);
}
