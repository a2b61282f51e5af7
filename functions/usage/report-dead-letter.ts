import { requestIdsOf } from '../core/ledger/usage-event.ts';
import type { Event } from '../platform/events/events.ts';
import { type AlertPorts, raiseAlert } from '../platform/events/raise-alert.ts';

/**
 * Tells of a message that was given up. No charge is lost with it: the outbox documents of those that were not counted stay,
 * and the sweep publishes them again, after longer each time, until whatever stood in the way is mended.
 */
export async function reportDeadLetter(ports: AlertPorts, event: Event | null, messageId: string): Promise<void> {
  const request_ids = requestIdsOf(event?.data);
  ports.log.error('a message was given up', { id: messageId, charges: request_ids.length });
  const at = new Date(await ports.documents.now());
  await raiseAlert(ports, { kind: 'dead_letter', subject: event?.id || messageId, at, facts: { request_ids } });
}
