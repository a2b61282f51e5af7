import { ALERTS, type Alert, alertId, alertWrite } from '../../core/alerts/alerts.ts';
import { type Documents, ExpectationFailed } from '../../core/store/documents.ts';
import type { Log } from '../log.ts';
import { ALERTS_TOPIC, type Events } from './events.ts';

export interface AlertPorts {
  documents: Documents;
  events: Events;
  log: Log;
}

/** Makes an alert known and sends it, unless it was raised before. */
export async function raiseAlert(ports: AlertPorts, alert: Alert): Promise<void> {
  try {
    await ports.documents.commit([alertWrite(alert)]);
  } catch (error) {
    if (error instanceof ExpectationFailed) return;
    throw error;
  }
  await sendAlert(ports, alert);
}

/** Sends an alert whose document is there. What fails here is sent again by the sweep. */
export async function sendAlert({ documents, events, log }: AlertPorts, alert: Alert): Promise<void> {
  const { kind, subject, at, facts } = alert;
  log.warn('alert', { kind, subject });
  const id = alertId(alert);
  await events.publish(ALERTS_TOPIC, { id, data: { kind, subject, at: at.toISOString(), ...facts } });
  await documents.commit([
    { kind: 'set', collection: ALERTS, id, data: { kind, subject, at, facts, sent: true }, expect: 'any' },
  ]);
}
