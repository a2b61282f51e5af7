import { RECALL } from '../../core/changes.ts';
import type { Leases } from '../../core/leases/leases.ts';
import type { Background } from '../../platform/background/background.ts';
import type { Changes } from '../access/change-feed.ts';

/** What other instances and operators did that leases have to heed. */
export function heedChanges(changes: Pick<Changes, 'subscribe'>, leases: Leases, background: Background): void {
  changes.subscribe(
    ({ act, owner_id, key_id }) => {
      const ownerId = String(owner_id);
      if (act === RECALL) void background.run('give_back', () => leases.giveBack(ownerId), { owner_id: ownerId });
      else if (act === 'owner.update') leases.drop({ ownerId });
      else if (act === 'key.update' || act === 'key.suspend') leases.drop({ keyId: String(key_id) });
    },
    () => {},
  );
}
