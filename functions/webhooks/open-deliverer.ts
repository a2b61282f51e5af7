import type { AlertPorts } from '../platform/events/raise-alert.ts';
import { postOutside } from '../platform/upstream/post-outside.ts';
import type { Deliverer } from './deliver.ts';
import type { Mail } from './to-request.ts';

/** The key of the provider of mail. */
export const MAIL_SECRET = 'mail-api-key';

export interface WebhookSettings {
  mail: Omit<Mail, 'key'> | null;
  /** Whether a channel may be at a private address. */
  allowPrivate: boolean;
}

/** What the environment says. Throws an `Error` that names the variable. */
export function readWebhookSettings(
  url: string | undefined,
  from: string | undefined,
  allowed = 'off',
): WebhookSettings {
  if (allowed !== 'on' && allowed !== 'off') throw new Error('MESH_PRIVATE_WEBHOOKS must be `on` or `off`.');
  if (!url !== !from) throw new Error('MESH_MAIL_URL and MESH_MAIL_FROM go together.');
  if (url && !URL.canParse(url)) throw new Error('MESH_MAIL_URL must be a URL.');
  return { mail: url && from ? { url, from } : null, allowPrivate: allowed === 'on' };
}

export interface DelivererOptions extends AlertPorts {
  settings: WebhookSettings;
  ownKey: Uint8Array;
  /** A secret's text; null where there is none. */
  secret(name: string): Promise<string | null>;
  now(): number;
}

/** What tells channels, over real connections. */
export function openDeliverer({ settings, secret, ...ports }: DelivererOptions): Deliverer {
  const { mail, allowPrivate } = settings;
  return {
    ...ports,
    mail: mail === null ? null : { ...mail, key: () => secret(MAIL_SECRET) },
    post: postOutside({ allowPrivate }),
  };
}
