import { LEASES, toLease } from '../../functions/core/leases/lease-store.ts';
import type { Documents } from '../../functions/core/store/documents.ts';

/** How many requests hold something by what the store says of its leases, open or closed; `ownerId`: of one owner alone. */
export async function countRunning(documents: Documents, ownerId?: string): Promise<number> {
  const leases = (await documents.query({ collection: LEASES })).map(toLease);
  const some = leases.filter((lease) => ownerId === undefined || lease.ownerId === ownerId);
  return some.reduce((sum, { running }) => sum + running, 0);
}
