import { ALERT_CHANNELS, type Channel, MAX_ALERT_CHANNELS, ownerField, toChannel } from '../core/channels/channels.ts';
import { DELIVERIES, deliveryWrite, type Message, toDelivery } from '../core/channels/deliveries.ts';
import { type Documents, ExpectationFailed } from '../core/store/documents.ts';
import type { Event } from '../platform/events/events.ts';
import { type Deliverer, deliver, type Outcome } from './deliver.ts';

/** Deliveries tried in one run, and at once. The next run has the others. */
export const RUN_LIMIT = 200;
const AT_ONCE = 8;

/**
 * The function `webhooks`: hears of alerts and makes a delivery for each channel that wants it; hears of deliveries that are
 * to be tried now; and of nothing at all, on a schedule, when it tries those that are due.
 */
export async function handleWebhooks(deliverer: Deliverer, { id, data }: Event): Promise<Outcome[]> {
  if (typeof data.delivery_id === 'string') return [await deliver(deliverer, data.delivery_id)];
  if (typeof data.kind === 'string') return deliverAll(deliverer, await fanOut(deliverer, id, data));
  return deliverDue(deliverer);
}

/** Tries what is due, those first that have waited longest. */
export async function deliverDue(deliverer: Deliverer): Promise<Outcome[]> {
  const due = await deliverer.documents.query({
    collection: DELIVERIES,
    where: [
      { field: 'status', op: '==', value: 'pending' },
      { field: 'next_at', op: '<=', value: new Date(deliverer.now()) },
    ],
    orderBy: { field: 'next_at', direction: 'asc' },
    limit: RUN_LIMIT,
  });
  return deliverAll(
    deliverer,
    due.map((document) => toDelivery(document).id),
  );
}

/** Several at once, so that a server that hangs holds up few others. */
async function deliverAll(deliverer: Deliverer, ids: readonly string[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const waiting = [...ids];
  const work = async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) outcomes.push(await deliver(deliverer, id));
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, ids.length) }, work));
  return outcomes;
}

/** A delivery for each channel that wants an alert, made once however often it is heard of. Gives the ids of all of them. */
async function fanOut({ documents, now }: Deliverer, alertId: string, data: Event['data']): Promise<string[]> {
  const { kind, subject, at, ...facts } = data;
  const ownerId = typeof facts.owner_id === 'string' ? facts.owner_id : null;
  const message: Message = {
    type: `alert.${String(kind)}`,
    timestamp: String(at),
    data: { alert_id: alertId, subject, ...facts },
  };
  const wanting = (await channelsOf(documents, ownerId)).filter(
    ({ active, kinds }) => active && (kinds === null || kinds.some((each) => each === kind)),
  );
  return Promise.all(
    wanting.map(async (channel) => {
      const id = `${alertId}.${channel.id}`;
      const delivery = { id, channelId: channel.id, ownerId: channel.ownerId, message };
      try {
        await documents.commit([deliveryWrite(delivery, new Date(now()))]);
      } catch (error) {
        if (!(error instanceof ExpectationFailed)) throw error;
      }
      return id;
    }),
  );
}

/** The operator's, who hears of everything, and the owner's own. */
async function channelsOf(documents: Documents, ownerId: string | null): Promise<Channel[]> {
  const owners = ownerId === null ? [null] : [null, ownerId];
  const found = await Promise.all(
    owners.map((owner) =>
      documents.query({
        collection: ALERT_CHANNELS,
        where: [{ field: 'owner_id', op: '==', value: ownerField(owner) }],
        limit: MAX_ALERT_CHANNELS,
      }),
    ),
  );
  return found.flat().map(toChannel);
}
