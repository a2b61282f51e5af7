import { MeshError } from '../errors.ts';
import { lastingOf, leastOf, type MoneyLimits, shareOf } from '../leases/allotment.ts';
import { refusalError } from '../leases/refusal.ts';
import { dayOf } from '../ledger/spending.ts';
import type { Nanos } from '../money/money.ts';
import type { Document, Documents, Transaction } from '../store/documents.ts';
import { type Patience, transactPatiently } from '../store/transact.ts';
import {
  END_USER_SPENDING,
  type EndUser,
  type EndUserSpending,
  endUserId,
  endUserWrite,
  limitsOfEndUser,
  reservedOf,
  toEndUserSpending,
  withoutRequest,
} from './end-user-spending.ts';
import { LOOK_MS, settledOfDue } from './settle-due.ts';

/** Requests of one end user that run at once, where it has caps: they are in one document. */
export const MAX_RUNNING_OF_END_USER = 100;
/** Ends of requests that wait for the store at most; what became of further ones is looked up. */
const MAX_OWED = 10_000;

export interface EndUserBookPorts extends Patience {
  documents: Documents;
  /** Unix milliseconds, store's clock. */
  now(): number;
  /** Work that nobody awaits. */
  aside(name: string, ownerId: string, work: () => Promise<unknown>): void;
  /** Hears why an end was not written yet. */
  onTrouble(error: unknown): void;
}

/** What a request has reserved of its end user's caps. */
export interface EndUserHold {
  /** Reserves more, `least` where there is no more than that. False where there is not even that. */
  grow(amount: Nanos, least: Nanos): Promise<Nanos | null>;
  /** What it was charged counts from now on, once, and the rest is free. Never throws: it is tried again until it is written. */
  settle(spent: Nanos): Promise<void>;
}

export interface EndUserBook {
  /**
   * What a request may hold that wants `amount`, and can do with `least`: nothing is reserved. Throws `spend_limit_exceeded` where
   * there is not even that.
   */
  share(user: EndUser, amount: Nanos, least: Nanos): Promise<Nanos>;
  /** Reserves what is held. Throws `spend_limit_exceeded` beyond a cap, `rate_limit_exceeded`, `StoreUnavailable`. */
  reserve(user: EndUser, request: { requestId: string; leaseId: string; amount: Nanos }): Promise<EndUserHold>;
  /** Tries again what could not be written. */
  tick(): void;
}

/** What end users of capped keys may spend, over all instances: their documents are changed in transactions of their own. */
export function createEndUserBook(ports: EndUserBookPorts): EndUserBook {
  const { documents, now } = ports;
  /** Ends that are not in the store, by their requests. */
  const owed = new Map<string, { ownerId: string; write: () => Promise<void> }>();
  const trying = new Set<string>();

  function change<T>(user: EndUser, body: (tx: Transaction, before: Document | null) => Promise<T>): Promise<T> {
    return transactPatiently(documents, ports, async (tx) =>
      body(tx, await tx.get(END_USER_SPENDING, endUserId(user))),
    );
  }

  async function tryToWrite(requestId: string): Promise<void> {
    const end = owed.get(requestId);
    if (end === undefined || trying.has(requestId)) return;
    trying.add(requestId);
    try {
      await end.write();
      owed.delete(requestId);
    } catch (error) {
      ports.onTrouble(error);
    } finally {
      trying.delete(requestId);
    }
  }

  async function end(user: EndUser, requestId: string, spent: Nanos): Promise<void> {
    const day = dayOf(now());
    const write = () =>
      change(user, async (tx, before) => {
        const record = toEndUserSpending(before);
        // Gone: an earlier run was applied, or somebody found its entry.
        if (!record.reserved.some((each) => each.requestId === requestId)) return;
        tx.write(endUserWrite(before, user, withoutRequest(record, requestId, day, spent)));
      });
    if (owed.size < MAX_OWED) owed.set(requestId, { ownerId: user.ownerId, write });
    await tryToWrite(requestId);
  }

  async function grow(user: EndUser, requestId: string, had: Nanos, amount: Nanos, least: Nanos) {
    return change(user, async (tx, before) => {
      const record = toEndUserSpending(before);
      const own = record.reserved.find((each) => each.requestId === requestId);
      // Its lease has ended, and nothing can be charged any more.
      if (own === undefined) return null;
      if (own.amount > had) return own.amount - had;
      const room = roomOf(record, user, now());
      if (room !== null && room < least) return null;
      const more = room === null ? amount : shareOf({ amount, least }, room);
      const reserved = record.reserved.map((each) => (each === own ? { ...own, amount: had + more } : each));
      tx.write(endUserWrite(before, user, { ...record, reserved }));
      return more;
    });
  }

  return {
    async share(user, amount, least) {
      const record = toEndUserSpending(await documents.get(END_USER_SPENDING, endUserId(user)));
      const refusal = refusalOf(record, user, least, now());
      // What has come to its end is found in a transaction: whoever has reserved too much may be dead.
      if (refusal !== null && !hasDue(record, now())) throw refusal;
      const room = roomOf(record, user, now());
      return refusal !== null ? least : shareOf({ amount, least }, room ?? amount);
    },

    async reserve(user, { requestId, leaseId, amount }) {
      const reserve = () =>
        change(user, async (tx, before) => {
          const stored = toEndUserSpending(before);
          if (stored.reserved.some((each) => each.requestId === requestId)) return null;
          const at = now();
          const record = await settledOfDue(tx, stored, at);
          const refusal = refusalOf(record, user, amount, at);
          if (refusal === null) {
            const reservation = { requestId, leaseId, amount, lookAt: at + LOOK_MS };
            tx.write(endUserWrite(before, user, { ...record, reserved: [...record.reserved, reservation] }));
          } else if (record !== stored) {
            tx.write(endUserWrite(before, user, record));
          }
          return refusal;
        });
      const refusal = await reserve().catch(async (error) => {
        // It may have been applied all the same.
        await end(user, requestId, 0n);
        throw error;
      });
      if (refusal !== null) throw refusal;
      let reserved = amount;
      return {
        async grow(more, least) {
          const grown = await grow(user, requestId, reserved, more, least);
          reserved += grown ?? 0n;
          return grown;
        },
        settle: (spent) => end(user, requestId, spent),
      };
    },

    tick() {
      for (const [requestId, { ownerId }] of owed) {
        if (!trying.has(requestId)) ports.aside('end_user_spending', ownerId, () => tryToWrite(requestId));
      }
    },
  };
}

function hasDue({ reserved }: EndUserSpending, now: number): boolean {
  return reserved.some(({ lookAt }) => lookAt <= now);
}

/** What the tightest cap leaves; null without any. */
function roomOf(record: EndUserSpending, { caps }: EndUser, now: number): Nanos | null {
  const limits = limitsOfEndUser(record, caps, dayOf(now));
  return isAny(limits) ? leastOf(limits).amount : null;
}

/** Why a request that needs so much does not go ahead; null where it does. */
function refusalOf(record: EndUserSpending, user: EndUser, amount: Nanos, now: number): MeshError | null {
  if (record.reserved.length >= MAX_RUNNING_OF_END_USER) {
    return new MeshError('rate_limit_exceeded', {
      message: `${MAX_RUNNING_OF_END_USER} requests of one end user may run at once.`,
      details: { reason: 'concurrency', limit: MAX_RUNNING_OF_END_USER, scope: 'end_user' },
      retryAfterSeconds: 1,
    });
  }
  const limits = limitsOfEndUser(record, user.caps, dayOf(now));
  if (!isAny(limits) || leastOf(limits).amount >= amount) return null;
  const { amount: _, ...why } = lastingOf(limits, amount);
  const refusal = { ...why, room: leastOf(limits).amount, limit: null };
  return refusalError(refusal, amount, user.currency, reservedOf(record), now);
}

function isAny(limits: ReturnType<typeof limitsOfEndUser>): limits is typeof limits & MoneyLimits {
  return limits.length > 0;
}
