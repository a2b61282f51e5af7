import type { Alert } from '../../core/alerts/alerts.ts';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { Background } from '../../platform/background/background.ts';
import { type AlertPorts, raiseAlert } from '../../platform/events/raise-alert.ts';

/** Tells an operator that an upstream refuses our credential: once an hour at most for each secret; the log has every time. */
export function tellRefusedCredentials(ports: AlertPorts, background: Background, now: () => number) {
  return (secret: string, endpoint: Endpoint, status: number): void => {
    ports.log.error('an upstream refused our credential', { provider: endpoint.provider, secret, status });
    const at = new Date(now());
    const alert: Alert = {
      kind: 'credential_refused',
      subject: `${secret}|${at.toISOString().slice(0, 13)}`,
      at,
      facts: { secret, endpoint: endpoint.id, status: BigInt(status) },
    };
    void background.run('raise_alert', () => raiseAlert(ports, alert), { kind: alert.kind });
  };
}
