import { createHash, type Hash, hash } from 'node:crypto';
import { MeshError } from '../../core/errors.ts';
import { LEASE_SHARDS } from '../../core/leases/lease-store.ts';
import { CLAIM_LIFE_MS, CLAIMS, type ClaimWrite } from '../../core/ledger/claims.ts';
import { ENTRIES } from '../../core/ledger/entries.ts';
import { formatAmount } from '../../core/money/money.ts';
import { toNanos } from '../../core/money/to-nanos.ts';
import { documentId, shardOf } from '../../core/store/document-id.ts';
import type { Documents, Write } from '../../core/store/documents.ts';
import { inSlices } from '../../platform/in-slices.ts';
import { writeJson } from '../http/write-json.ts';
import type { Ask } from './ask.ts';

const KEY_SHAPE = /^[\x21-\x7e]{1,255}$/;

/** One request's claim on its idempotency key. It is made with the request's hold, and goes with a void. */
export interface Claim {
  id: string;
  bodyHash: string;
  make: ClaimWrite;
  free: Write;
}

/** The claim that a request makes by its `Idempotency-Key`; null without one. `now`: Unix milliseconds, store's clock. */
export async function toClaim(
  { id: requestId, key, idempotencyKey: name, part }: Ask,
  body: unknown,
  now: number,
): Promise<Claim | null> {
  if (name === null) return null;
  if (!KEY_SHAPE.test(name)) {
    throw new MeshError('invalid_request_error', {
      param: 'Idempotency-Key',
      message: 'An Idempotency-Key has 1 to 255 printable characters and no spaces.',
    });
  }
  const id = hash('sha256', `${key.ownerId}|${name}${part}`, 'hex');
  // With the key in it, the hash of a body says nothing to anybody who does not have both.
  const bodyHash = await hashOf(name, body);
  const data = {
    owner_id: key.ownerId,
    request_id: requestId,
    body_hash: bodyHash,
    shard: shardOf(id, LEASE_SHARDS),
    expires_at: new Date(now + CLAIM_LIFE_MS),
  };
  return {
    id,
    bodyHash,
    make: { kind: 'set', collection: CLAIMS, id, data, expect: 'absent' },
    free: { kind: 'delete', collection: CLAIMS, id, expect: 'any' },
  };
}

/** Why a claim could not be made: another request has the key. Never charged, and not to be retried as it is. */
export async function claimedError(documents: Documents, claim: Claim): Promise<MeshError> {
  const found = await documents.get(CLAIMS, claim.id);
  if (found === null) {
    return new MeshError('provider_not_available', { message: 'Please send this again.', retryAfterSeconds: 1 });
  }
  if (found.data.body_hash !== claim.bodyHash) {
    return new MeshError('validation_error', {
      param: 'Idempotency-Key',
      message: 'This Idempotency-Key was used with another body.',
    });
  }
  const requestId = String(found.data.request_id);
  const entry = await documents.get(ENTRIES, documentId(requestId));
  const cost =
    entry === null
      ? null
      : {
          amount: formatAmount(toNanos(entry.data.amount) + toNanos(entry.data.overage)),
          currency: entry.data.currency,
        };
  const state = entry === null ? 'running' : 'charged';
  return new MeshError('conflict', {
    message: `Request ${requestId} has this Idempotency-Key (${state}). Answers are not stored, so it cannot be replayed.`,
    details: { request_id: requestId, state, cost },
  });
}

async function hashOf(name: string, body: unknown): Promise<string> {
  const json = await writeJson(body);
  const sum = createHash('sha256').update(`${name}|`);
  if (typeof json === 'string') return sum.update(json).digest('hex');
  return inSlices(hashed(sum, json));
}

function* hashed(sum: Hash, pieces: readonly Buffer[]): Generator<void, string> {
  for (const piece of pieces) {
    sum.update(piece);
    yield;
  }
  return sum.digest('hex');
}
