import { z } from 'zod';
import { MeshError } from '../../../core/errors.ts';
import { ENTRIES } from '../../../core/ledger/entries.ts';
import { FAILED_REQUESTS } from '../../../core/ledger/failed-requests.ts';
import type { Document, Documents, Transaction } from '../../../core/store/documents.ts';
import { actOnce } from '../../access/change-document.ts';
import { findOwner } from '../../access/find-owner.ts';
import { recordChange } from '../../access/record-change.ts';
import type { Call } from '../../http/call.ts';
import { parseBody } from '../../http/parse-body.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';

/** Requests whose traces one call takes away, all in one transaction. */
export const MAX_ERASED = 200;

const MAX_NAME = 256;

export const eraseBody = z
  .strictObject({
    owner_id: z
      .string()
      .min(1)
      .max(MAX_NAME)
      .optional()
      .describe('With an inference key: its own, which may be left out.'),
    user: z.string().min(1).optional().describe('As requests named it.'),
    end_user: z
      .string()
      .regex(/^usr_[0-9a-f]{32}$/)
      .optional()
      .describe('As events name it.'),
  })
  .refine(({ user, end_user }) => (user === undefined) !== (end_user === undefined), {
    path: ['user'],
    message: 'Say either `user` or `end_user`.',
  });

/** What names an end user, or may do so: whatever the caller said of the request in its own words. */
const traces = ['end_user', 'metadata', 'session', 'label'] as const;

interface Place {
  collection: string;
  id: string;
}

/**
 * `POST /v1/end-users/erase`: takes what names an end user out of charges and failed requests, `MAX_ERASED` at a time. Their money,
 * tokens and times stay. The audit log says that it was done, and not for whom: that would be a trace again.
 */
export async function eraseEndUser(call: Call, services: Services): Promise<Reply> {
  const { owner_id, user, end_user } = await parseBody(call, eraseBody);
  const ownerId = await ownerOf(call, services, owner_id);
  const hash = end_user ?? services.hashUser(ownerId, user ?? '');
  const places = await findTraces(services.documents, ownerId, hash);
  const record = recordChange(call, services, 'end_user.erase', { owner_id: ownerId, erased: BigInt(places.length) });
  await actOnce(services, record, (tx) => erase(tx, places));
  return { status: 200, body: { erased: places.length, done: places.length < MAX_ERASED } };
}

/** Whose end user it is. Another owner than that of a key is not there for it. */
async function ownerOf({ manager }: Call, services: Services, named: string | undefined): Promise<string> {
  const ownerId = named ?? manager?.ownerId;
  if (ownerId === undefined) {
    throw new MeshError('invalid_request_error', { param: 'owner_id', message: 'owner_id is required.' });
  }
  if (manager !== null && ownerId !== manager.ownerId) {
    throw new MeshError('not_found', { message: 'There is no such owner.' });
  }
  if (manager === null) await findOwner(services, ownerId);
  return ownerId;
}

/** Some of those that are left. */
async function findTraces(documents: Documents, ownerId: string, hash: string): Promise<Place[]> {
  const places: Place[] = [];
  for (const collection of [ENTRIES, FAILED_REQUESTS]) {
    const limit = MAX_ERASED - places.length;
    if (limit === 0) break;
    const found = await documents.query({
      collection,
      where: [
        { field: 'owner_id', op: '==', value: ownerId },
        { field: 'end_user', op: '==', value: hash },
      ],
      limit,
    });
    places.push(...found.map(({ id }) => ({ collection, id })));
  }
  return places;
}

/** Reads them anew: what a refund has written meanwhile stays. */
async function erase(tx: Transaction, places: readonly Place[]): Promise<void> {
  const found = await Promise.all(places.map(({ collection, id }) => tx.get(collection, id)));
  for (const [at, document] of found.entries()) {
    const collection = places[at]?.collection;
    if (document === null || collection === undefined) continue;
    const { id, version } = document;
    tx.write({ kind: 'set', collection, id, data: withoutTraces(document), expect: { version } });
  }
}

function withoutTraces({ data }: Document): Document['data'] {
  const names: readonly string[] = traces;
  return Object.fromEntries(Object.entries(data).filter(([name]) => !names.includes(name)));
}
