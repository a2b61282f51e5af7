import { type Alert, alertWrite } from '../../core/alerts/alerts.ts';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { Doubts } from '../../core/health/doubts.ts';
import type { Usage } from '../../core/money/usage.ts';
import type { Background } from '../../platform/background/background.ts';
import { type AlertPorts, sendAlert } from '../../platform/events/raise-alert.ts';

/**
 * Doubts an endpoint that reported more than can be true, and tells an operator: once, until it is cleared. The doubt and the
 * alert are one commit, so neither is there without the other; the log has every such report.
 */
export function doubtReports(ports: AlertPorts, doubts: Doubts, background: Background, now: () => number) {
  return ({ id, provider }: Endpoint, requestId: string, { input, output }: Usage): void => {
    const report = { input_tokens: BigInt(input), output_tokens: BigInt(output) };
    ports.log.error('a provider reported more than can be true', { request_id: requestId, endpoint: id, provider });
    const at = new Date(now());
    const alert: Alert = {
      kind: 'usage_capped',
      subject: `${id}|${at.toISOString()}`,
      at,
      facts: { endpoint: id, request_id: requestId, ...report },
    };
    void background.run(
      'doubt_reports',
      async () => {
        const isNew = await doubts.add({ endpoint: id, since: at.getTime(), requestId }, [alertWrite(alert)]);
        if (isNew) await sendAlert(ports, alert);
      },
      { endpoint: id },
    );
  };
}
