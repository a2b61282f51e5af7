import { LEASE_SHARDS } from '../leases/lease-store.ts';
import { documentId, shardOf } from '../store/document-id.ts';
import type { Document, Fields, Write } from '../store/documents.ts';

/** `deliveries/{id}`: each telling of something to a channel. */
export const DELIVERIES = 'deliveries';

/** Waits before the tries after the first: about a day in all. Those that fall within a minute may be late by one. */
export const RETRY_AFTER_MS = [5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 28_800_000, 28_800_000] as const;
/** How long deliveries are listed. */
export const DELIVERY_LIFE_MS = 30 * 86_400_000;

export type DeliveryStatus = 'pending' | 'delivered' | 'failed';

/** Says the same thing whenever it is sent: ids and decimal strings, never content. */
export interface Message {
  /** `alert.low_balance`, `test`. */
  type: string;
  timestamp: string;
  data: Readonly<Record<string, unknown>>;
}

export interface Delivery {
  id: string;
  channelId: string;
  ownerId: string | null;
  message: Message;
  status: DeliveryStatus;
  /** Tries that were begun. */
  attempts: number;
  nextAt: Date;
}

export interface NewDelivery {
  id: string;
  channelId: string;
  ownerId: string | null;
  message: Message;
}

/** The write that makes a delivery, due at once. Where it was made before the commit fails. */
export function deliveryWrite({ id, channelId, ownerId, message }: NewDelivery, now: Date): Write {
  const document = documentId(id);
  const data: Fields = {
    delivery_id: id,
    channel_id: channelId,
    owner_id: ownerId ?? '',
    type: message.type,
    // As text, so that every try sends the same bytes.
    message: JSON.stringify(message),
    status: 'pending',
    attempts: 0n,
    next_at: now,
    created_at: now,
    shard: shardOf(document, LEASE_SHARDS),
    expires_at: new Date(now.getTime() + DELIVERY_LIFE_MS),
  };
  return { kind: 'set', collection: DELIVERIES, id: document, data, expect: 'absent' };
}

export function toDelivery({ data }: Document): Delivery {
  return {
    id: String(data.delivery_id),
    channelId: String(data.channel_id),
    ownerId: data.owner_id === '' ? null : String(data.owner_id),
    message: JSON.parse(String(data.message)) as Message,
    status: data.status as DeliveryStatus,
    attempts: Number(data.attempts),
    nextAt: data.next_at as Date,
  };
}

/** When a try that is begun now is followed by the next, should it fail; null after the last. */
export function nextTry(attempts: number, now: number): Date | null {
  const wait = RETRY_AFTER_MS[attempts - 1];
  return wait === undefined ? null : new Date(now + wait);
}
