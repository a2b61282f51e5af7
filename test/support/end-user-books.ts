import {
  END_USER_SPENDING,
  type EndUser,
  toEndUserSpending,
} from '../../functions/core/end-users/end-user-spending.ts';
import { ENTRIES } from '../../functions/core/ledger/entries.ts';
import type { Currency, Nanos } from '../../functions/core/money/money.ts';
import { toNanos } from '../../functions/core/money/to-nanos.ts';
import type { Documents } from '../../functions/core/store/documents.ts';

/** What each end user of a world may spend, of a dollar or its worth in rupees: some of it a day, more in a month, most ever. */
export const userCaps = (currency: Currency) => {
  const unit = currency === 'USD' ? 1_000_000_000n : 88_000_000_000n;
  return { daily: unit / 4n, weekly: null, monthly: unit / 3n, total: unit / 2n };
};

/** Who asked for what in a world, and whether their caps were kept. */
export interface EndUserBooks {
  /** Whom a request is for. */
  note(requestId: string, user: EndUser): void;
  /** Charges beyond a cap that no overage explains, by the ledger's own entries. */
  faults(): Promise<string[]>;
  /** The same, and what is still reserved, or was not counted as it was charged, when all has ended. */
  faultsAtEnd(): Promise<string[]>;
}

export function endUserBooks(documents: Documents, prefix: string): EndUserBooks {
  const users = new Map<string, EndUser>();
  const nameOf = ({ keyId, name }: Pick<EndUser, 'keyId' | 'name'>) => `${keyId}|${name}`;

  /** What each user was charged out of what was held, and beyond that, by its windows. */
  async function charges() {
    const held = new Map<string, { user: EndUser; amount: Nanos; window: 'daily' | 'monthly' | 'total' }>();
    const all = new Map<string, Nanos>();
    for (const { data } of await documents.query({ collection: ENTRIES })) {
      const user = users.get(String(data.entry_id));
      if (user === undefined || data.kind !== 'charge') continue;
      const at = (data.created_at as Date).toISOString();
      const amount = toNanos(data.amount);
      for (const [window, length] of [
        ['daily', 10],
        ['monthly', 7],
        ['total', 0],
      ] as const) {
        const id = `${nameOf(user)} ${window} ${at.slice(0, length)}`;
        held.set(id, { user, window, amount: (held.get(id)?.amount ?? 0n) + amount });
      }
      all.set(nameOf(user), (all.get(nameOf(user)) ?? 0n) + amount + toNanos(data.overage));
    }
    return { held, all };
  }

  async function faults(): Promise<string[]> {
    return [...(await charges()).held].flatMap(([id, { user, window, amount }]) => {
      const cap = user.caps[window] ?? amount;
      return amount > cap ? [`${id}: ${amount} were charged out of holds, the cap is ${cap}`] : [];
    });
  }

  return {
    note: (requestId, user) => void users.set(requestId, user),
    faults,
    async faultsAtEnd() {
      const found = await faults();
      const { all } = await charges();
      const counted = new Map<string, Nanos>();
      for (const document of await documents.query({ collection: END_USER_SPENDING })) {
        const { data } = document;
        if (!String(data.owner_id).startsWith(prefix)) continue;
        const id = `${data.key_id}|${data.end_user}`;
        const { spending, reserved } = toEndUserSpending(document);
        counted.set(id, spending.total);
        for (const { requestId } of reserved) found.push(`${requestId} is still reserved for ${id}`);
      }
      for (const id of new Set([...all.keys(), ...counted.keys()])) {
        const [charged, seen] = [all.get(id) ?? 0n, counted.get(id) ?? 0n];
        if (charged !== seen) found.push(`${id} was charged ${charged}, and ${seen} are counted`);
      }
      return found;
    },
  };
}
