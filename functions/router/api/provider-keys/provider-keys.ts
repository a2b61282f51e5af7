import { z } from 'zod';
import { MeshError } from '../../../core/errors.ts';
import { OWNERS } from '../../../core/ledger/owners.ts';
import { isJsonCredential } from '../../../core/provider-keys/json-credential.ts';
import {
  COMPATIBLE,
  MAX_PROVIDER_KEYS,
  maskProviderKey,
  PROVIDER_KEYS,
  providerKeySecret,
  toProviderKey,
} from '../../../core/provider-keys/provider-key.ts';
import { documentId } from '../../../core/store/document-id.ts';
import type { Document, Fields } from '../../../core/store/documents.ts';
import { actOnce, changeDocument } from '../../access/change-document.ts';
import { findOwner } from '../../access/find-owner.ts';
import { recordChange } from '../../access/record-change.ts';
import { refuseTooMany } from '../../access/refuse-too-many.ts';
import type { Call } from '../../http/call.ts';
import { parseBody } from '../../http/parse-body.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { ownerOf } from '../keys/keys.ts';
import { listPage, pageFields } from '../pages/list-page.ts';
import { keyText } from './key-text.ts';
import { refuseBaseUrl } from './refuse-places.ts';
import { providerKeyReply } from './reply-schemas.ts';

const MAX_NAME = 256;
const MIN_KEY = 8;
/** An AWS secret is a few hundred characters, a Google token some thousand. */
const MAX_KEY = 8_192;
const MAX_URL = 2_048;
const MAX_MODELS = 100;

const name = z.string().min(1).max(MAX_NAME);
const models = z
  .record(name, name)
  .refine((some) => Object.keys(some).length <= MAX_MODELS, `may have ${MAX_MODELS} models`);
const settings = {
  label: z.string().max(MAX_NAME).nullish(),
  fallback: z
    .enum(['none', 'platform'])
    .optional()
    .describe('`platform`: where this key fails, our own credentials may serve, at the usual price.'),
};

export const providerKeyBody = z.strictObject({
  owner_id: name.optional().describe('With an inference key: its own, which may be left out.'),
  provider: name.describe('As the catalogue names it, or `compatible`, which takes `base_url` and `models`.'),
  key: z
    .string()
    .min(MIN_KEY)
    .max(MAX_KEY)
    .refine(
      (text) => isJsonCredential(text) || /^[\x20-\x7e]+$/.test(text),
      'must be printable ASCII in one line, or JSON',
    )
    .describe(
      'Kept as a secret, and in no answer. For Bedrock also JSON of `access_key_id`, `secret_access_key` and maybe `session_token`; ' +
        'for Vertex AI the file of a service account, or an access token.',
    ),
  base_url: z.string().max(MAX_URL).nullish().describe('https; `{model}` and `{region}` are filled in.'),
  models: models.nullish().describe('What the provider calls models, by their public ids. Only these are asked there.'),
  ...settings,
});
export const providerKeyPatch = z.strictObject({ ...settings, status: z.enum(['active', 'suspended']).optional() });
export const providerKeysQuery = z.object({ owner_id: z.string().optional(), ...pageFields });

/** The secret first: a key that is listed is there. Where it cannot be kept, nothing is. */
export async function createProviderKey(call: Call, services: Services): Promise<Reply> {
  const { owner_id, key, ...rest } = await parseBody(call, providerKeyBody);
  const ownerId = ownerOf(call, owner_id);
  await findOwner(services, ownerId);
  const text = keyText(key, rest.provider, services.living);
  if (rest.provider === COMPATIBLE && (rest.base_url == null || rest.models == null)) {
    throw invalid('base_url', 'A compatible provider takes base_url and models.');
  }
  if (rest.base_url != null) refuseBaseUrl(rest.base_url, services.vault.allowPrivate);
  await refuseTooMany(services, {
    collection: PROVIDER_KEYS,
    ownerId,
    most: MAX_PROVIDER_KEYS,
    what: 'provider keys',
  });
  const id = services.mintId('pk');
  const data = {
    provider_key_id: id,
    owner_id: ownerId,
    provider: rest.provider,
    label: rest.label ?? null,
    masked: maskProviderKey(text),
    base_url: rest.base_url ?? null,
    models: rest.models == null ? null : JSON.stringify(rest.models),
    fallback: rest.fallback ?? 'none',
    status: 'active',
    created_at: new Date(services.now()),
  };
  const secret = providerKeySecret({ id, ownerId });
  try {
    await services.vault.put(secret, text);
  } catch {
    await forget(services, secret, null);
    throw secretsUnavailable('Nothing was stored.');
  }
  try {
    await actOnce(services, recordOf(call, services, 'provider_key.create', data), async (tx) => {
      const owner = await tx.get(OWNERS, documentId(ownerId));
      if (owner === null) throw new MeshError('not_found', { message: 'There is no such owner.' });
      // Whoever has none is not asked about them with each of its keys.
      const has = { provider_keys: true };
      tx.write({ kind: 'update', collection: OWNERS, id: owner.id, data: has, expect: { version: owner.version } });
      tx.write({ kind: 'set', collection: PROVIDER_KEYS, id: documentId(id), data, expect: 'absent' });
    });
  } catch (error) {
    await forget(services, secret, documentId(id));
    throw error;
  }
  return { status: 201, body: encodeProviderKey(data) };
}

export async function listProviderKeys(call: Call, services: Services): Promise<Reply> {
  const named = call.query.get('owner_id') ?? undefined;
  const ownerId = call.manager === null ? (named ?? null) : ownerOf(call, named);
  return listPage(call, services.documents, {
    collection: PROVIDER_KEYS,
    field: 'provider_key_id',
    where: ownerId === null ? [] : [{ field: 'owner_id', op: '==', value: ownerId }],
    row: providerKeyReply,
    encoder:
      () =>
      ({ data }) =>
        encodeProviderKey(data),
  });
}

export async function getProviderKey(call: Call, services: Services, id: string): Promise<Reply> {
  return { status: 200, body: encodeProviderKey((await findProviderKey(call, services, id)).data) };
}

/** Its text never changes: another one is another key, beside this one until that works. */
export async function patchProviderKey(call: Call, services: Services, id: string): Promise<Reply> {
  const fields = await parseBody(call, providerKeyPatch);
  const seen = await findProviderKey(call, services, id);
  const data = await change(call, services, seen, 'provider_key.update', (now) => {
    if (now.status === 'deleted') throw new MeshError('conflict', { message: 'This key is being deleted.' });
    return fields;
  });
  return { status: 200, body: encodeProviderKey(data) };
}

/** It is used no more before its secret goes. Where that cannot go now it stays `deleted`, and may be deleted again. */
export async function deleteProviderKey(call: Call, services: Services, id: string): Promise<Reply> {
  const seen = await findProviderKey(call, services, id);
  await change(call, services, seen, 'provider_key.delete', () => ({ status: 'deleted' }));
  await services.vault.destroy(providerKeySecret(toProviderKey(seen))).catch(() => {
    throw secretsUnavailable('The key is used no more; delete it again to have its secret removed.');
  });
  await services.documents.commit([{ kind: 'delete', collection: PROVIDER_KEYS, id: seen.id, expect: 'any' }]);
  return { status: 204 };
}

/** A provider key; to a key that manages, those of other owners are not there. */
export async function findProviderKey(
  { manager }: Pick<Call, 'manager'>,
  { documents }: Pick<Services, 'documents'>,
  id: string,
): Promise<Document> {
  const found = await documents.get(PROVIDER_KEYS, documentId(id));
  const isTheirs = manager === null || found?.data.owner_id === manager.ownerId;
  if (found === null || !isTheirs) throw new MeshError('not_found', { message: 'There is no such provider key.' });
  return found;
}

/** After a failure: what may be there in part. A secret stays where its document may be there and cannot be removed. */
async function forget({ vault, documents, log }: Services, secret: string, document: string | null): Promise<void> {
  try {
    if (document !== null) {
      await documents.commit([{ kind: 'delete', collection: PROVIDER_KEYS, id: document, expect: 'any' }]);
    }
    await vault.destroy(secret);
  } catch {
    log.error('an owner’s secret may be left behind', { code: 'secret_left', secret });
  }
}

function change(
  call: Call,
  services: Services,
  { id, data }: Document,
  act: string,
  decide: (now: Fields) => Fields,
): Promise<Document['data']> {
  return changeDocument(services, {
    collection: PROVIDER_KEYS,
    id,
    record: recordOf(call, services, act, data),
    decide,
    isUrgent: act === 'provider_key.delete',
  });
}

function recordOf(call: Call, services: Services, act: string, { owner_id, provider_key_id, provider }: Fields) {
  return recordChange(call, services, act, { owner_id, provider_key_id, provider });
}

function secretsUnavailable(what: string): MeshError {
  return new MeshError('provider_not_available', {
    message: `The store of secrets cannot be reached. ${what}`,
    retryAfterSeconds: 5,
  });
}

function invalid(param: string, message: string): MeshError {
  return new MeshError('invalid_request_error', { param, message });
}

function encodeProviderKey(data: Document['data']) {
  const { provider, baseUrl, models, fallback, id, ownerId } = toProviderKey({ data });
  return {
    id,
    owner_id: ownerId,
    provider,
    label: data.label ?? null,
    masked: data.masked,
    base_url: baseUrl,
    models,
    fallback,
    status: data.status,
    created_at: (data.created_at as Date).toISOString(),
  };
}
