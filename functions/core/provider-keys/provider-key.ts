import type { Document, Value } from '../store/documents.ts';

/** `provider_keys/{id}`: what is known of an owner's key for a provider. Never the key itself. */
export const PROVIDER_KEYS = 'provider_keys';
/** Of one owner. */
export const MAX_PROVIDER_KEYS = 20;
/** Names of the secrets that are owners': no catalogue may use one. */
export const PROVIDER_KEY_SECRETS = 'mesh-provider-key-';
/** A provider that speaks OpenAI's chat format at an address of the owner's. */
export const COMPATIBLE = 'compatible';

/** An owner's own key for a provider. */
export interface ProviderKey {
  id: string;
  ownerId: string;
  /** As the catalogue names it, or `COMPATIBLE`. */
  provider: string;
  /** Where the provider is asked instead of where the catalogue says; `{model}` and `{region}` are filled in. */
  baseUrl: string | null;
  /** What the provider calls models, by their public ids: only those are asked there; null for all, by the catalogue's names. */
  models: Readonly<Record<string, string>> | null;
  /** Whether our own credentials may serve where this one fails. */
  fallback: 'none' | 'platform';
}

/** The name of the secret that holds its text. A key's text never changes, so the name is of one text. */
export function providerKeySecret({ id, ownerId }: Pick<ProviderKey, 'id' | 'ownerId'>): string {
  return `${PROVIDER_KEY_SECRETS}${ownerId}-${id}`;
}

export function toProviderKey({ data }: Pick<Document, 'data'>): ProviderKey {
  return {
    id: String(data.provider_key_id),
    ownerId: String(data.owner_id),
    provider: String(data.provider),
    baseUrl: textOf(data.base_url),
    models: data.models == null ? null : (JSON.parse(String(data.models)) as Record<string, string>),
    // What is damaged does not let our money be spent.
    fallback: data.fallback === 'platform' ? 'platform' : 'none',
  };
}

function textOf(value: Value | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

/** Enough of a key to recognise it by: its last characters, where there are many more. */
export function maskProviderKey(text: string): string {
  const SHOWN = 4;
  const LEAST_LENGTH = 20;
  return text.startsWith('{') || text.length < LEAST_LENGTH ? '…' : `…${text.slice(-SHOWN)}`;
}
