import { LEASE_SHARDS } from '../leases/lease-store.ts';
import { documentId, shardOf } from '../store/document-id.ts';
import type { Document, Documents, Write } from '../store/documents.ts';
import { type Binding, SESSION_LIFE_MS } from './binding.ts';

/**
 * `sessions/{owner|model|session}`: the endpoint that a session is at, for instances that have not seen it. Only of sessions that
 * clients name; gone by themselves an hour after they were last written.
 */
export const SESSIONS = 'sessions';

/** What a session of an owner is called with a model, in memory and in the store. */
export function sessionName(ownerId: string, modelId: string, session: string): string {
  return `${ownerId}|${modelId}|${session}`;
}

/** Nothing of what a session cost is stored: it would be old within a request. */
export async function readSession(
  documents: Pick<Documents, 'get'>,
  name: string,
  now: number,
): Promise<Binding | null> {
  const document = await documents.get(SESSIONS, documentId(name));
  const binding = document === null ? null : toBinding(document);
  return binding === null || now - binding.at >= SESSION_LIFE_MS ? null : binding;
}

export function sessionWrite(ownerId: string, name: string, { endpointId, movedAt }: Binding, now: number): Write {
  const id = documentId(name);
  const data = {
    owner_id: ownerId,
    endpoint: endpointId,
    moved_at: new Date(movedAt),
    expires_at: new Date(now + SESSION_LIFE_MS),
    shard: shardOf(id, LEASE_SHARDS),
  };
  return { kind: 'set', collection: SESSIONS, id, data, expect: 'any' };
}

/** Null for one that was damaged. */
function toBinding({ data: { endpoint, moved_at, expires_at } }: Document): Binding | null {
  if (typeof endpoint !== 'string' || !(moved_at instanceof Date) || !(expires_at instanceof Date)) return null;
  const at = expires_at.getTime() - SESSION_LIFE_MS;
  return { endpointId: endpoint, at, movedAt: moved_at.getTime(), inputTokens: Number.POSITIVE_INFINITY, share: 1 };
}
