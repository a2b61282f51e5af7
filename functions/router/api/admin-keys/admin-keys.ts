import { z } from 'zod';
import { adminScopes } from '../../../core/admin-scopes.ts';
import { MeshError } from '../../../core/errors.ts';
import { hashKey, KEY_BYTES, makeKey, maskKey } from '../../../core/keys.ts';
import type { Document, Fields } from '../../../core/store/documents.ts';
import { adminOf, requireScope } from '../../access/admin.ts';
import { ADMIN_KEYS, toScopes } from '../../access/admin-keys.ts';
import { actOnce, makeDocument } from '../../access/change-document.ts';
import { recordChange } from '../../access/record-change.ts';
import type { Call } from '../../http/call.ts';
import { parseBody } from '../../http/parse-body.ts';
import { toIso } from '../../http/reply-fields.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { DEFAULT_GRACE_SECONDS, graceBody } from '../keys/rotation.ts';
import { listPage } from '../pages/list-page.ts';
import { adminKeyReply } from './reply-schemas.ts';

const MAX_LABEL = 256;

export const adminKeyBody = z.strictObject({
  label: z.string().max(MAX_LABEL).nullish(),
  scopes: z.array(z.enum(adminScopes)).min(1),
  expires_at: z.iso
    .datetime({ offset: true })
    .nullish()
    .describe('Where nothing is said: as of the key that makes it, and never later.'),
});

/** Mints an admin key that may do no more than whoever mints it. Its text is in this answer and nowhere else. */
export async function createAdminKey(call: Call, services: Services): Promise<Reply> {
  const { label, scopes, expires_at } = await parseBody(call, adminKeyBody);
  const ends = expires_at === undefined ? adminOf(call).expiresAt : toEnd(expires_at);
  refuseBeyond(call, { scopes, expires_at: ends });
  const { key, hash, masked } = mint(services);
  const data = {
    admin_key_id: services.mintId('adm'),
    label: label ?? null,
    scopes: [...new Set(scopes)],
    status: 'active',
    masked,
    expires_at: ends,
    created_at: new Date(services.now()),
  };
  const record = recordOf(call, services, 'admin_key.create', data);
  await makeDocument(services, { collection: ADMIN_KEYS, id: hash, record, data });
  return { status: 201, body: { ...encodeAdminKey(data), key } };
}

export async function listAdminKeys(call: Call, services: Services): Promise<Reply> {
  return listPage(call, services.documents, {
    collection: ADMIN_KEYS,
    field: 'admin_key_id',
    where: [],
    row: adminKeyReply,
    encoder:
      () =>
      ({ data }) =>
        encodeAdminKey(data),
  });
}

export async function getAdminKey(_call: Call, services: Services, id: string): Promise<Reply> {
  return { status: 200, body: encodeAdminKey((await findAdminKey(services, id)).data) };
}

/** A new text for the same key; those of before work until this grace is over at most. */
export async function rotateAdminKey(call: Call, services: Services, id: string): Promise<Reply> {
  const { grace_seconds = DEFAULT_GRACE_SECONDS } = await parseBody(call, graceBody);
  const seen = await findAdminKey(services, id);
  refuseBeyond(call, seen.data);
  const { key, hash, masked } = mint(services);
  const until = new Date(services.now() + grace_seconds * 1_000);
  const fresh: Fields = { ...seen.data, masked, created_at: new Date(services.now()) };
  const retiredBefore = await findRetired(services, id);
  await actOnce(services, recordOf(call, services, 'admin_key.rotate', seen.data), async (tx) => {
    const older = await Promise.all(retiredBefore.map((text) => tx.get(ADMIN_KEYS, text.id)));
    const old = await tx.get(ADMIN_KEYS, seen.id);
    if (old?.data.status !== 'active' || old.data.admin_key_id !== id) throw notFound();
    const ends = old.data.expires_at instanceof Date && old.data.expires_at < until ? old.data.expires_at : until;
    // It is one key to whoever lists them: the old text has another id from now on.
    const retired = { admin_key_id: `${id}.${old.id.slice(0, 8)}`, retired_of: id, expires_at: ends };
    tx.write({ kind: 'update', collection: ADMIN_KEYS, id: old.id, data: retired, expect: { version: old.version } });
    // Whoever gives no grace means every text of before.
    for (const text of older) {
      if (text === null || !(text.data.expires_at instanceof Date && text.data.expires_at > until)) continue;
      const { id, version } = text;
      tx.write({ kind: 'update', collection: ADMIN_KEYS, id, data: { expires_at: until }, expect: { version } });
    }
    tx.write({ kind: 'set', collection: ADMIN_KEYS, id: hash, data: fresh, expect: 'absent' });
  });
  return { status: 200, body: { ...encodeAdminKey(fresh), key, previous_until: until.toISOString() } };
}

/** Ends it at once, with its texts of before that still work. Their documents stay, for the audit. */
export async function deleteAdminKey(call: Call, services: Services, id: string): Promise<Reply> {
  const seen = await findAdminKey(services, id);
  const record = recordOf(call, services, 'admin_key.suspend', seen.data);
  const retired = await findRetired(services, id);
  await actOnce(services, record, async (tx) => {
    const texts = await Promise.all([seen, ...retired].map((each) => tx.get(ADMIN_KEYS, each.id)));
    // One that was rotated since it was looked up would go on with its new text.
    if (texts[0]?.data.admin_key_id !== id) {
      throw new MeshError('conflict', { message: 'It was rotated at this moment. Send it again.' });
    }
    for (const text of texts) {
      if (text === null) continue;
      const { id, version } = text;
      tx.write({ kind: 'update', collection: ADMIN_KEYS, id, data: { status: 'suspended' }, expect: { version } });
    }
  });
  return { status: 204 };
}

/**
 * Nobody gives what he has not: no other scope, and no day more. The text of before a rotation ends with its grace, so whoever has that
 * alone gets no key that lasts longer.
 */
function refuseBeyond(call: Call, { scopes, expires_at }: Fields): void {
  const admin = adminOf(call);
  for (const scope of toScopes(scopes)) requireScope(admin, scope, 'To give it away');
  const ends = admin.expiresAt;
  if (ends === null || (expires_at instanceof Date && expires_at <= ends)) return;
  throw new MeshError('forbidden', {
    param: 'expires_at',
    message: `The admin key that came with this ends at ${ends.toISOString()}: no key that it gives may end later.`,
  });
}

function toEnd(expiresAt: string | null): Date | null {
  return expiresAt === null ? null : new Date(expiresAt);
}

function mint(services: Services) {
  const key = makeKey('mak', services.random(KEY_BYTES));
  return { key, hash: hashKey(key), masked: maskKey(key) };
}

async function findAdminKey({ documents }: Services, id: string): Promise<Document> {
  const where = [{ field: 'admin_key_id', op: '==', value: id } as const];
  const [found] = await documents.query({ collection: ADMIN_KEYS, where, limit: 1 });
  if (found === undefined) throw notFound();
  return found;
}

/** The texts of before. */
function findRetired({ documents }: Services, id: string): Promise<Document[]> {
  return documents.query({ collection: ADMIN_KEYS, where: [{ field: 'retired_of', op: '==', value: id }] });
}

function notFound() {
  return new MeshError('not_found', { message: 'There is no such admin key.' });
}

function recordOf(call: Call, services: Services, act: string, { admin_key_id, scopes }: Fields) {
  return recordChange(call, services, act, { admin_key_id, scopes });
}

function encodeAdminKey(data: Fields) {
  const { expires_at, created_at } = data;
  return {
    id: data.admin_key_id,
    label: data.label ?? null,
    masked: data.masked,
    scopes: toScopes(data.scopes),
    status: data.status,
    expires_at: toIso(expires_at),
    created_at: (created_at as Date).toISOString(),
  };
}
