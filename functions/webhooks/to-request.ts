import { createHmac } from 'node:crypto';
import { type Channel, channelSecret, ROTATION_GRACE_MS } from '../core/channels/channels.ts';
import type { Delivery } from '../core/channels/deliveries.ts';
import type { OutsideRequest } from '../platform/upstream/post-outside.ts';
import { wordsOf } from './words-of.ts';

/** A provider of mail with an API like Resend's: https://resend.com/docs/api-reference/emails/send-email */
export interface Mail {
  url: string;
  from: string;
  /** Its key; null where there is none at the moment. */
  key(): Promise<string | null>;
}

export interface Sender {
  /** Our own key, of which the secrets of webhooks are made. */
  ownKey: Uint8Array;
  /** Null where no mail is configured. */
  mail: Mail | null;
}

/** How a channel is told; null for mail where nobody can send it. `now`: Unix milliseconds. */
export async function toRequest(
  channel: Channel,
  delivery: Delivery,
  { ownKey, mail }: Sender,
  now: number,
): Promise<OutsideRequest | null> {
  const json = { 'content-type': 'application/json', 'user-agent': 'mesh-router' };
  const words = wordsOf(delivery.message);
  switch (channel.type) {
    case 'webhook': {
      const body = JSON.stringify(delivery.message);
      return { url: channel.target, headers: { ...json, ...signed(channel, delivery.id, body, ownKey, now) }, body };
    }
    case 'slack':
      return { url: channel.target, headers: json, body: JSON.stringify({ text: escapeSlack(words.text) }) };
    case 'email': {
      const key = (await mail?.key()) ?? null;
      if (mail === null || key === null) return null;
      const body = JSON.stringify({ from: mail.from, to: [channel.target], subject: words.title, text: words.text });
      const headers = { ...json, authorization: `Bearer ${key}`, 'idempotency-key': delivery.id };
      return { url: mail.url, headers, body };
    }
  }
}

/** As Standard Webhooks signs. For a day after a rotation there are two signatures, and either may be checked. */
function signed(
  { id, secretNumber, rotatedAt }: Channel,
  deliveryId: string,
  body: string,
  key: Uint8Array,
  now: number,
) {
  const timestamp = String(Math.floor(now / 1_000));
  const isNew = rotatedAt !== null && now < rotatedAt.getTime() + ROTATION_GRACE_MS;
  const signatures = [secretNumber, ...(isNew ? [secretNumber - 1] : [])].map((number) => {
    const secret = channelSecret(key, id, number);
    return `v1,${createHmac('sha256', secret).update(`${deliveryId}.${timestamp}.${body}`).digest('base64')}`;
  });
  return {
    'webhook-id': deliveryId,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}

/** What Slack would take for a link or a mention. */
function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
