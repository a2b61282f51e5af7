import { namesIn } from '../core/ledger/usage-event.ts';
import type { Event } from '../platform/events/events.ts';
import { type AlertPorts, raiseAlert } from '../platform/events/raise-alert.ts';

/**
 * Tells of a message that was given up. No charge is lost with it: no mark has those that were not counted, and the sweep
 * publishes them again with their lease, after longer each time, until whatever stood in the way is mended.
 */
export async function reportDeadLetter(ports: AlertPorts, event: Event | null, messageId: string): Promise<void> {
  const { requestIds, leaseIds } = namesIn(event?.data);
  ports.log.error('a message was given up', { id: messageId, charges: requestIds.length, leases: leaseIds.length });
  const at = new Date(await ports.documents.now());
  const facts = { request_ids: requestIds, ...(leaseIds.length === 0 ? {} : { lease_ids: leaseIds }) };
  await raiseAlert(ports, { kind: 'dead_letter', subject: event?.id || messageId, at, facts });
}
