import type { EndUserHold } from '../../core/end-users/end-user-book.ts';
import type { EndUser } from '../../core/end-users/end-user-spending.ts';
import type { LiveHold } from '../../core/leases/hold-state.ts';
import type { Leases } from '../../core/leases/leases.ts';
import type { Write } from '../../core/store/documents.ts';
import type { Ask } from './ask.ts';
import type { Services } from './services.ts';

/** Whose caps a request has to keep, beside those of its key and owner; null where its key caps no users. */
export function cappedUserOf({ key, endUser }: Pick<Ask, 'key' | 'endUser'>): EndUser | null {
  const { id: keyId, ownerId, currency, endUserCaps: caps } = key;
  return caps === null ? null : { ownerId, keyId, name: endUser, currency, caps };
}

/** Reserves of a user's caps what is held for it. Where that is refused, the hold is free again; `free` is written with its void. */
export async function reserveFor(
  user: EndUser,
  hold: LiveHold,
  free: readonly Write[],
  { endUsers, settler }: Pick<Services, 'endUsers' | 'settler'>,
): Promise<EndUserHold> {
  const { requestId, leaseId, amount } = hold;
  try {
    return await endUsers.reserve(user, { requestId, leaseId, amount });
  } catch (error) {
    await settler.void(hold, free);
    throw error;
  }
}

/** How a stream's hold grows: what is reserved of its user's caps comes first, so that it is never less than what is held. */
export function growingWithin(reserved: EndUserHold, leases: Pick<Leases, 'grow'>): Pick<Leases, 'grow'> {
  return {
    async grow(hold, amount, least = amount) {
      const more = await reserved.grow(amount, least);
      return more !== null && leases.grow(hold, more, least);
    },
  };
}
