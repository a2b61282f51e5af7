import { z } from 'zod';
import { END_USER_SPENDING, toEndUserSpending } from '../../../core/end-users/end-user-spending.ts';
import { settledOfDue } from '../../../core/end-users/settle-due.ts';
import { callersTraces } from '../../../core/ledger/callers-traces.ts';
import { ENTRIES } from '../../../core/ledger/entries.ts';
import { FAILED_REQUESTS } from '../../../core/ledger/failed-requests.ts';
import { SESSIONS, sessionName } from '../../../core/sessions/shared-sessions.ts';
import { documentId } from '../../../core/store/document-id.ts';
import type { Document, Documents, Transaction } from '../../../core/store/documents.ts';
import { actOnce } from '../../access/change-document.ts';
import { findOwner } from '../../access/find-owner.ts';
import { recordChange } from '../../access/record-change.ts';
import type { Call } from '../../http/call.ts';
import { parseBody } from '../../http/parse-body.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { ownerOf } from '../keys/keys.ts';

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

interface Place {
  collection: string;
  id: string;
}

/**
 * `POST /v1/end-users/erase`: takes what names an end user out of charges and failed requests, `MAX_ERASED` at a time. Their money,
 * tokens and times stay. What caps knew of the user goes when none of its requests runs, and where its sessions were goes at once.
 * The audit log says that it was done, and not for whom: that would be a trace again.
 */
export async function eraseEndUser(call: Call, services: Services): Promise<Reply> {
  const { owner_id, user, end_user } = await parseBody(call, eraseBody);
  const ownerId = ownerOf(call, owner_id);
  await findOwner(services, ownerId);
  const hash = end_user ?? services.hashUser(ownerId, user ?? '');
  const { documents } = services;
  const requests = await findRequests(documents, ownerId, hash);
  const spending = await findNamed(documents, END_USER_SPENDING, ownerId, hash, MAX_ERASED);
  const erased = requests.length;
  const record = recordChange(call, services, 'end_user.erase', { owner_id: ownerId, erased: BigInt(erased) });
  let running = 0;
  await actOnce(services, record, async (tx) => {
    running = await erase(tx, requests, spending, services.now());
    return undefined;
  });
  const done = running === 0 && erased < MAX_ERASED && spending.length < MAX_ERASED;
  return { status: 200, body: { erased, running, done } };
}

/** Some of the requests that are left. */
async function findRequests(documents: Documents, ownerId: string, hash: string): Promise<Place[]> {
  const charged = await findNamed(documents, ENTRIES, ownerId, hash, MAX_ERASED);
  const left = MAX_ERASED - charged.length;
  return left === 0 ? charged : [...charged, ...(await findNamed(documents, FAILED_REQUESTS, ownerId, hash, left))];
}

async function findNamed(
  documents: Documents,
  collection: string,
  ownerId: string,
  hash: string,
  limit: number,
): Promise<Place[]> {
  const where = [
    { field: 'owner_id', op: '==', value: ownerId } as const,
    { field: 'end_user', op: '==', value: hash } as const,
  ];
  return (await documents.query({ collection, where, limit })).map(({ id }) => ({ collection, id }));
}

/**
 * Reads them anew: what a refund has written meanwhile stays. Returns how many requests of the user still run, as far as caps know of
 * them: while one does, what it has reserved has to stay.
 */
async function erase(
  tx: Transaction,
  requests: readonly Place[],
  spending: readonly Place[],
  now: number,
): Promise<number> {
  const [named, spent] = await Promise.all([readAll(tx, requests), readAll(tx, spending)]);
  const records = await Promise.all(spent.map(({ document }) => settledOfDue(tx, toEndUserSpending(document), now)));
  for (const { collection, document } of named) {
    const { id, version } = document;
    tx.write({ kind: 'set', collection, id, data: withoutTraces(document), expect: { version } });
  }
  const sessions = new Set(named.flatMap(({ document }) => sessionOf(document)));
  for (const id of sessions) tx.write({ kind: 'delete', collection: SESSIONS, id, expect: 'any' });
  for (const [at, { collection, document }] of spent.entries()) {
    if (records[at]?.reserved.length !== 0) continue;
    tx.write({ kind: 'delete', collection, id: document.id, expect: { version: document.version } });
  }
  return records.reduce((sum, { reserved }) => sum + reserved.length, 0);
}

async function readAll(tx: Transaction, places: readonly Place[]) {
  const found = await Promise.all(places.map(({ collection, id }) => tx.get(collection, id)));
  return found.flatMap((document, at) => {
    const collection = places[at]?.collection;
    return document === null || collection === undefined ? [] : [{ collection, document }];
  });
}

/** The document that says where a request's session is, which is named by the session; none where the request has none. */
function sessionOf({ data: { owner_id, model, session } }: Document): string[] {
  if (typeof session !== 'string') return [];
  return [documentId(sessionName(String(owner_id), String(model), session))];
}

function withoutTraces({ data }: Document): Document['data'] {
  return Object.fromEntries(Object.entries(data).filter(([name]) => !callersTraces.includes(name)));
}
