import type { Alert } from '../../core/alerts/alerts.ts';
import type { BreakerChange } from '../../core/health/breaker-entry.ts';
import type { Background } from '../../platform/background/background.ts';
import { type AlertPorts, raiseAlert } from '../../platform/events/raise-alert.ts';

/**
 * Tells an operator that a breaker has opened for all instances: by the one instance that opened it, and once an hour at most
 * for each endpoint; the log has every change.
 */
export function tellOpenBreakers(ports: AlertPorts, background: Background, now: () => number) {
  return ({ endpoint, from, to, reason, shared }: BreakerChange): void => {
    if (!shared || from !== 'closed' || to !== 'open') return;
    const at = new Date(now());
    const alert: Alert = {
      kind: 'breaker_open',
      subject: `${endpoint}|${at.toISOString().slice(0, 13)}`,
      at,
      facts: { endpoint, reason },
    };
    void background.run('raise_alert', () => raiseAlert(ports, alert), { kind: alert.kind });
  };
}
