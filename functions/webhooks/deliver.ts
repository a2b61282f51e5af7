import { ALERT_CHANNELS, type Channel, channelDocument, toChannel } from '../core/channels/channels.ts';
import { DELIVERIES, type Delivery, nextTry, toDelivery } from '../core/channels/deliveries.ts';
import { documentId } from '../core/store/document-id.ts';
import type { Documents, Fields } from '../core/store/documents.ts';
import { transact } from '../core/store/transact.ts';
import { type AlertPorts, raiseAlert } from '../platform/events/raise-alert.ts';
import { OutsideError, type PostOutside } from '../platform/upstream/post-outside.ts';
import { type Sender, toRequest } from './to-request.ts';

export interface Deliverer extends AlertPorts, Sender {
  post: PostOutside;
  /** Unix milliseconds. */
  now(): number;
}

/** What became of a try. `skipped`: it was not due, or somebody else is at it. */
export type Outcome = 'delivered' | 'retried' | 'failed' | 'skipped';

/** When the last try is looked at again, should its process have died. */
const LOOK_AGAIN_MS = 60_000;
/** The status that says: never again. */
const GONE = 410;

/**
 * One try of a delivery that is due. Its next try is written before this one is begun, so that a process that dies loses none,
 * and no two try at once. Whoever answers with 2xx has it; 410 switches the channel off.
 */
export async function deliver(deliverer: Deliverer, deliveryId: string): Promise<Outcome> {
  const { documents, now } = deliverer;
  const begun = await begin(documents, deliveryId, now());
  if (begun === null) return 'skipped';
  const { delivery, next, tries } = begun;
  const found = await documents.get(ALERT_CHANNELS, channelDocument(delivery.channelId));
  const channel = found === null ? null : toChannel(found);
  const close = <Status extends Ending>(status: Status, more: Fields) =>
    end(documents, { id: deliveryId, tries }, status, more);
  if (channel === null || !channel.active) return close('failed', { last_error: 'channel_off' });
  const answer = await tell(deliverer, channel, delivery);
  if (answer.status !== null && answer.status >= 200 && answer.status < 300) {
    return close('delivered', { last_status: BigInt(answer.status), delivered_at: new Date(now()) });
  }
  const told = { last_status: answer.status === null ? null : BigInt(answer.status), last_error: answer.error };
  if (answer.status === GONE) {
    await switchOff(deliverer, channel);
    return close('failed', told);
  }
  return next === null ? close('failed', told) : close('pending', told).then(() => 'retried');
}

async function begin(documents: Documents, id: string, now: number) {
  return transact(documents, async (tx) => {
    const found = await tx.get(DELIVERIES, documentId(id));
    if (found === null) return null;
    const delivery = toDelivery(found);
    if (delivery.status !== 'pending' || delivery.nextAt.getTime() > now) return null;
    const attempts = delivery.attempts + 1;
    // All that there ever were: a redelivery counts its attempts anew.
    const tries = Number(found.data.tries ?? 0n) + 1;
    const next = nextTry(attempts, now);
    tx.write({
      kind: 'update',
      collection: DELIVERIES,
      id: found.id,
      data: { attempts: BigInt(attempts), tries: BigInt(tries), next_at: next ?? new Date(now + LOOK_AGAIN_MS) },
      expect: { version: found.version },
    });
    return { delivery, next, tries };
  });
}

async function tell(deliverer: Deliverer, channel: Channel, delivery: Delivery) {
  const request = await toRequest(channel, delivery, deliverer, deliverer.now());
  if (request === null) return { status: null, error: 'mail_not_configured' };
  try {
    const { status } = await deliverer.post(request);
    return { status, error: null };
  } catch (error) {
    if (error instanceof OutsideError) return { status: null, error: error.reason };
    throw error;
  }
}

/** A try, by its number among all of its delivery. */
interface Begun {
  id: string;
  tries: number;
}

type Ending = 'delivered' | 'failed' | 'pending';

/**
 * Writes what became of a try. A delivery that was deleted meanwhile stays so; of one that was delivered again meanwhile, what became
 * of that stands, unless it is only now that anybody took it.
 */
async function end<Status extends Ending>(
  documents: Documents,
  { id, tries }: Begun,
  status: Status,
  more: Fields,
): Promise<Status> {
  await transact(documents, async (tx) => {
    const found = await tx.get(DELIVERIES, documentId(id));
    if (found === null || (status !== 'delivered' && Number(found.data.tries) !== tries)) return;
    const data = { status, ...more };
    tx.write({ kind: 'update', collection: DELIVERIES, id: found.id, data, expect: { version: found.version } });
  });
  return status;
}

/** Nobody is at the other end any more; who is told by another channel hears of it. */
async function switchOff(deliverer: Deliverer, { id, ownerId }: Channel): Promise<void> {
  const { documents, now } = deliverer;
  await transact(documents, async (tx) => {
    const found = await tx.get(ALERT_CHANNELS, channelDocument(id));
    if (found === null) return;
    const data = { status: 'disabled', disabled_reason: 'gone' };
    tx.write({ kind: 'update', collection: ALERT_CHANNELS, id: found.id, data, expect: { version: found.version } });
  });
  const at = new Date(now());
  const facts = { channel_id: id, ...(ownerId === null ? {} : { owner_id: ownerId }) };
  await raiseAlert(deliverer, { kind: 'channel_disabled', subject: `${id}|${at.toISOString()}`, at, facts });
}
