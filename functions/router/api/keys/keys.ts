import { z } from 'zod';
import { MeshError } from '../../../core/errors.ts';
import { hashKey, KEY_BYTES, KEYS, makeKey, maskKey } from '../../../core/keys.ts';
import { toOwnerBalance } from '../../../core/ledger/owners.ts';
import type { Document, Fields } from '../../../core/store/documents.ts';
import { routingPolicySchema } from '../../../formats/pivot/chat-request.ts';
import { changeDocument, makeDocument } from '../../access/change-document.ts';
import { findKey } from '../../access/find-key.ts';
import { findOwner } from '../../access/find-owner.ts';
import { recordChange } from '../../access/record-change.ts';
import type { Call } from '../../http/call.ts';
import { parseBody } from '../../http/parse-body.ts';
import { toIso } from '../../http/reply-fields.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import {
  capsSetting,
  encodeCapsField,
  encodeLimits,
  limitSettings,
  refuseCapSlips,
  toCapsField,
  toLimitFields,
} from '../limits/limit-fields.ts';
import { listPage, pageFields } from '../pages/list-page.ts';
import { keyReply } from './reply-schemas.ts';
import { refuseBeyond, refuseFreer, underManager } from './within-manager.ts';

/** What a key may do a minute and a day, where nothing else is said. */
export const DEFAULT_RPM = 100;
export const DEFAULT_RPD = 10_000;

const MAX_LIST = 256;
const names = z.array(z.string().min(1).max(MAX_LIST)).max(MAX_LIST);

/** What may be changed of a key. Absent fields stay, null clears. */
const settings = {
  label: z.string().max(MAX_LIST).nullish(),
  allowed_models: names.nullish(),
  allowed_regions: names.nullish(),
  default_model: z.string().max(MAX_LIST).nullish(),
  default_params: z.record(z.string(), z.unknown()).nullish(),
  routing_policy: routingPolicySchema.nullish(),
  expires_at: z.iso.datetime({ offset: true }).nullish(),
  manage: z.boolean().optional().describe('Whether it may manage its owner’s keys.'),
  end_user_caps: capsSetting.describe(
    'What each single end user may spend, in the owner’s currency; clears what is not named.',
  ),
  ...limitSettings,
};

export const keyBody = z.strictObject({
  owner_id: z
    .string()
    .min(1)
    .max(MAX_LIST)
    .optional()
    .describe('With an inference key: its own, which may be left out.'),
  ...settings,
});
export const keyPatch = z.strictObject({ ...settings, status: z.enum(['active', 'suspended']).optional() });

/** Mints a key. Its text is in this answer and nowhere else: what is stored is a hash. */
export async function createKey(call: Call, services: Services): Promise<Reply> {
  const { owner_id: named, ...rest } = await parseBody(call, keyBody);
  const owner_id = ownerOf(call, named);
  const asked = await toConfirmedFields(services, owner_id, rest, {});
  const manager = await managerOf(call, services);
  const fields = manager === null ? asked : underManager(asked, manager);
  const key = makeKey('rsk', services.random(KEY_BYTES));
  const hash = hashKey(key);
  const data = {
    key_id: services.mintId('key'),
    owner_id,
    status: 'active',
    masked: maskKey(key),
    created_at: new Date(services.now()),
    rpm_limit: BigInt(DEFAULT_RPM),
    rpd_limit: BigInt(DEFAULT_RPD),
    ...fields,
  };
  const record = recordChange(call, services, 'key.create', { owner_id, key_id: data.key_id });
  await makeDocument(services, { collection: KEYS, id: hash, record, data });
  return { status: 201, body: { ...encodeKey(data), key } };
}

export const keysQuery = z.object({ owner_id: z.string().optional(), ...pageFields });

export async function listKeys(call: Call, services: Services): Promise<Reply> {
  const named = call.query.get('owner_id') ?? undefined;
  const ownerId = call.manager === null ? (named ?? null) : ownerOf(call, named);
  return listPage(call, services.documents, {
    collection: KEYS,
    field: 'key_id',
    where: ownerId === null ? [] : [{ field: 'owner_id', op: '==', value: ownerId }],
    row: keyReply,
    encoder:
      () =>
      ({ data }) =>
        encodeKey(data),
  });
}

export async function getKey(call: Call, services: Services, keyId: string): Promise<Reply> {
  return { status: 200, body: encodeKey((await findKey(call, services, keyId)).data) };
}

/**
 * Replaces what is named, over whatever others change at the same time. An activation that was under way when somebody suspended
 * the key does not undo that: whoever suspends a key can rely on it.
 */
export async function patchKey(call: Call, services: Services, keyId: string): Promise<Reply> {
  const { status, ...rest } = await parseBody(call, keyPatch);
  const seen = await findKey(call, services, keyId);
  const fields = await toConfirmedFields(services, String(seen.data.owner_id), rest, seen.data);
  const manager = await managerOf(call, services);
  if (manager !== null) refuseBeyond(fields, manager);
  if (manager !== null && status === 'active' && seen.data.status !== 'active') refuseFreer(seen.data, manager);
  const isSuspension = status === 'suspended';
  const data = await changeKey(call, services, seen, 'key.update', isSuspension, (now) => {
    if (isSuspension) return { ...fields, ...suspended(call) };
    return { ...fields, status: statusOver(status, seen.data, now) };
  });
  return { status: 200, body: encodeKey(data) };
}

/** Suspends the key: what it has spent must stay traceable. */
export async function deleteKey(call: Call, services: Services, keyId: string): Promise<Reply> {
  await changeKey(call, services, await findKey(call, services, keyId), 'key.suspend', true, () => suspended(call));
  return { status: 204 };
}

/** The status that a change sets which has `seen` the key and comes over what is there `now`; undefined leaves it. */
export function statusOver(asked: string | undefined, seen: Fields, now: Fields): string | undefined {
  const isOvertaken = now.status === 'suspended' && !isSameSuspension(now, seen);
  return isOvertaken ? undefined : asked;
}

/** Each suspension has a name, so that an activation can tell the one it was made for. */
function suspended({ requestId }: Call): Fields {
  return { status: 'suspended', suspended_by: requestId };
}

function isSameSuspension(one: Fields, other: Fields): boolean {
  return one.status === other.status && one.suspended_by === other.suspended_by;
}

function changeKey(
  call: Call,
  services: Services,
  { id, data }: Document,
  act: string,
  isUrgent: boolean,
  decide: (data: Fields) => Fields,
): Promise<Fields> {
  const about = { owner_id: String(data.owner_id), key_id: String(data.key_id), key_hash: id };
  const record = recordChange(call, services, act, about);
  return changeDocument(services, { collection: KEYS, id, record, decide, isUrgent });
}

/** Whose keys are meant. Throws `not_found` for another owner than that of a key which manages. */
export function ownerOf({ manager }: Call, named: string | undefined): string {
  const ownerId = named ?? manager?.ownerId;
  if (ownerId === undefined) {
    throw new MeshError('invalid_request_error', { param: 'owner_id', message: 'owner_id is required.' });
  }
  if (manager !== null && ownerId !== manager.ownerId) {
    throw new MeshError('not_found', { message: 'There is no such owner.' });
  }
  return ownerId;
}

/**
 * What the key that manages may do itself; null for the administration. It ends with the text that came: one of before a rotation
 * gives nothing that outlives its grace.
 */
export async function managerOf({ manager }: Call, services: Services): Promise<Fields | null> {
  if (manager === null) return null;
  const { data } = await findKey({ manager }, services, manager.id);
  return { ...data, expires_at: manager.expiresAt };
}

type Settings = Omit<z.infer<typeof keyBody>, 'owner_id'>;

/** Settings as they are stored, seen what was there `before`. Throws `not_found` without an owner, `confirmation_required`. */
async function toConfirmedFields(services: Services, ownerId: string, settings: Settings, before: Fields) {
  const { currency } = toOwnerBalance(await findOwner(services, ownerId));
  const fields = toFields(settings);
  if (settings.confirm !== true) refuseCapSlips(fields, before, currency);
  return fields;
}

function toFields(settings: Settings): Fields {
  const {
    label,
    allowed_models,
    allowed_regions,
    default_model,
    default_params,
    routing_policy,
    expires_at,
    manage,
    end_user_caps,
    ...limits
  } = settings;
  return {
    label,
    allowed_models,
    allowed_regions,
    default_model,
    manage,
    ...toLimitFields(limits),
    ...(end_user_caps === undefined ? {} : { end_user_caps: toCapsField(end_user_caps, 'end_user_caps') }),
    // Stored as text, so that numbers come back as what they were.
    ...(default_params === undefined ? {} : { default_params: JSON.stringify(default_params ?? {}) }),
    ...(routing_policy === undefined ? {} : { routing_policy: JSON.stringify(routing_policy ?? {}) }),
    ...(expires_at === undefined ? {} : { expires_at: expires_at === null ? null : new Date(expires_at) }),
  };
}

export function encodeKey(data: Fields) {
  return {
    id: data.key_id,
    owner_id: data.owner_id,
    label: data.label ?? null,
    masked: data.masked,
    status: data.status,
    allowed_models: data.allowed_models ?? null,
    allowed_regions: data.allowed_regions ?? null,
    default_model: data.default_model ?? null,
    default_params: JSON.parse(String(data.default_params ?? '{}')) as unknown,
    routing_policy: JSON.parse(String(data.routing_policy ?? '{}')) as unknown,
    expires_at: toIso(data.expires_at),
    manage: data.manage === true,
    previous_until: toIso(data.previous_until),
    ...encodeLimits(data),
    end_user_caps: encodeCapsField(data.end_user_caps),
    created_at: toIso(data.created_at),
  };
}
