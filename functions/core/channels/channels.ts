import { createHmac } from 'node:crypto';
import type { AlertKind } from '../alerts/alerts.ts';
import { documentId } from '../store/document-id.ts';
import type { Document } from '../store/documents.ts';

/** `alert_channels/{id}`: where alerts are told. */
export const ALERT_CHANNELS = 'alert_channels';

export const channelTypes = ['webhook', 'slack', 'email'] as const;
export type ChannelType = (typeof channelTypes)[number];

/** Of one owner, and of the operator. */
export const MAX_ALERT_CHANNELS = 20;

/** As long after a rotation webhooks are signed with the secret of before, too. */
export const ROTATION_GRACE_MS = 86_400_000;

export interface Channel {
  id: string;
  /** Whose alerts it tells; null for everybody's and the service's own. */
  ownerId: string | null;
  type: ChannelType;
  /** A URL, or an address of mail. */
  target: string;
  /** Which alerts; null for all. */
  kinds: readonly AlertKind[] | null;
  active: boolean;
  /** Counts the rotations of its secret, from 1. */
  secretNumber: number;
  rotatedAt: Date | null;
}

/** How its document names the owner of a channel, which a query can ask for. */
export const ownerField = (ownerId: string | null): string => ownerId ?? '';

export function toChannel({ data }: Document): Channel {
  return {
    id: String(data.channel_id),
    ownerId: data.owner_id === '' ? null : String(data.owner_id),
    type: data.type as ChannelType,
    target: String(data.target),
    kinds: (data.kinds ?? null) as AlertKind[] | null,
    active: data.status === 'active',
    secretNumber: Number(data.secret_number),
    rotatedAt: (data.rotated_at ?? null) as Date | null,
  };
}

export function channelDocument(channelId: string): string {
  return documentId(channelId);
}

/**
 * What a channel's webhooks are signed with. It is made of our own key, so that it is stored nowhere. `key`: that which hashes
 * users, which never changes.
 */
export function channelSecret(key: Uint8Array, channelId: string, secretNumber: number): Buffer {
  return createHmac('sha256', key).update(`webhook\0${channelId}\0${secretNumber}`).digest();
}

/** As Standard Webhooks writes a secret: https://github.com/standard-webhooks/standard-webhooks */
export function showSecret(secret: Buffer): string {
  return `whsec_${secret.toString('base64')}`;
}
