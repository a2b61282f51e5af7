import { layeredEntry } from '../../../catalogue/catalogue-entries.ts';
import type { LivingCatalogue } from '../../../catalogue/layers.ts';
import { MeshError } from '../../../core/errors.ts';
import { isJsonCredential, parseJsonCredential, storedJson } from '../../../core/provider-keys/json-credential.ts';
import { COMPATIBLE } from '../../../core/provider-keys/provider-key.ts';

/**
 * What is kept of a key for a provider. Throws `invalid_request_error` for a provider that the catalogue does not have, and for JSON
 * that is no credential of that provider: as it is it would be sent to whoever answers there. No message quotes it.
 */
export function keyText(given: string, provider: string, living: Pick<LivingCatalogue, 'layers'>): string {
  const type = authTypeOf(provider, living);
  const text = given.trim();
  if (!isJsonCredential(text)) return text;
  const credential = parseJsonCredential(text);
  if (credential !== null && credential.type === type) return storedJson(credential);
  const wanted: Readonly<Record<string, string>> = {
    aws: 'JSON must have access_key_id and secret_access_key, or it is an API key as it is.',
    google: 'JSON must be the file of a service account, with client_email and private_key.',
  };
  throw new MeshError('invalid_request_error', {
    param: 'key',
    message: wanted[type] ?? 'This provider takes a key as it is, and no JSON.',
  });
}

function authTypeOf(provider: string, living: Pick<LivingCatalogue, 'layers'>): string {
  if (provider === COMPATIBLE) return 'bearer';
  const effective = layeredEntry(living.layers(), 'providers', provider)?.effective;
  if (effective == null) {
    throw new MeshError('invalid_request_error', {
      param: 'provider',
      message: 'There is no such provider; GET /v1/models/{id}/endpoints names them.',
    });
  }
  return 'auth' in effective ? (effective.auth?.type ?? 'none') : 'none';
}
