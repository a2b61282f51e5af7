import { documentId } from './document-id.ts';
import {
  type Document,
  type Documents,
  ExpectationFailed,
  type Fields,
  type Transaction,
  type Value,
} from './documents.ts';
import { MeshError } from './errors.ts';
import { type FxRate, picoUsdToNanos } from './fx.ts';
import { type Currency, formatAmount, type Nanos } from './money.ts';
import type { PicoUsd } from './price.ts';

/**
 * The ledger: two-phase, like a bank's. A hold takes the most that a request can cost out of what its owner has
 * available; a post turns it into a charge and gives the rest back; a void gives all of it back. Each is one transaction
 * that creates or finds a document whose id was chosen before the first try, so a transaction that runs twice, or whose
 * answer was lost, changes nothing the second time.
 *
 *     owners/{owner}     available, leased            leased = Σ of the owner's open holds
 *     holds/{request}    amount, currency, fx         gone once posted or voided
 *     entries/{entry}    what was topped up, charged  money fields never change
 *     outbox/{request}.usage, .fx                     until the consumer has counted it
 */
export const OWNERS = 'owners';
export const HOLDS = 'holds';
export const ENTRIES = 'entries';
export const OUTBOX = 'outbox';

/** How long a hold may stay open before it counts as abandoned: the longest stream, and some. */
export const HOLD_LIFE_MS = 70 * 60_000;

/** What consumers of a posted charge count, each by its own outbox document. */
export const consumers = ['usage', 'fx'] as const;
export type Consumer = (typeof consumers)[number];

export interface HoldRequest {
  requestId: string;
  ownerId: string;
  keyId: string;
  /** The most the request can cost. */
  quote: PicoUsd;
  /** Fixed here for post, event and response. */
  fx: FxRate;
}

export interface Hold {
  readonly requestId: string;
  readonly ownerId: string;
  readonly keyId: string;
  readonly currency: Currency;
  readonly amount: Nanos;
  readonly fx: FxRate;
}

export interface Charge {
  cost: PicoUsd;
  /** What else the entry and the event say: ids, tokens, times. Never content. */
  facts: Fields;
}

export interface Posting {
  /** What the owner was charged, in the hold's currency. */
  amount: Nanos;
  /** The part of the cost that neither the hold nor the balance could pay: ours. */
  writtenOff: Nanos;
}

/** Thrown when a hold was posted or voided already. Nothing was changed. */
export class HoldResolved extends Error {
  constructor(requestId: string) {
    super(`The hold of ${requestId} was resolved before.`);
    this.name = 'HoldResolved';
  }
}

export interface Ledger {
  /** Takes the quote out of the balance. Throws `spend_limit_exceeded` where it does not cover it. */
  hold(request: HoldRequest): Promise<Hold>;
  /** Charges what the request cost and gives the rest of the hold back. Exactly once for each request id. */
  post(hold: Hold, charge: Charge): Promise<Posting>;
  /** Gives all of the hold back: nothing was delivered. Also for a hold of which it is not known whether it was taken. */
  void(hold: Pick<Hold, 'requestId' | 'ownerId'>): Promise<void>;
  /** Adds money. The same `reference` adds it once; with another amount it is a `conflict`. */
  topup(topup: Topup): Promise<Entry>;
}

export interface Topup {
  ownerId: string;
  amount: Nanos;
  currency: Currency;
  reference: string;
}

/** A line of the ledger. `amount` is positive; `kind` says which way it went. */
export interface Entry {
  id: string;
  ownerId: string;
  kind: 'topup' | 'charge' | 'overage';
  amount: Nanos;
  currency: Currency;
  createdAt: Date;
}

export function createLedger({ documents, now }: { documents: Documents; now: () => number }): Ledger {
  const inTurn = createTurns();

  /** Transactions of one owner take turns in this process: they would only run into each other in the store. */
  const transact = <T>(ownerId: string, body: (tx: Transaction) => Promise<T>) =>
    inTurn(ownerId, () =>
      documents.transaction(body).catch((error) => again(error, () => documents.transaction(body))),
    );

  return {
    hold: (request) =>
      transact(request.ownerId, async (tx) => {
        const id = documentId(request.requestId);
        const earlier = await tx.get(HOLDS, id);
        const owner = await readOwner(tx, request.ownerId);
        if (earlier !== null) return toHold(earlier);
        const amount = picoUsdToNanos(request.quote, owner.currency, request.fx);
        if (amount > owner.available) throw tooLittle(owner, amount);
        const hold: Hold = {
          requestId: request.requestId,
          ownerId: request.ownerId,
          keyId: request.keyId,
          currency: owner.currency,
          amount,
          fx: request.fx,
        };
        writeOwner(tx, owner, { available: owner.available - amount, leased: owner.leased + amount });
        tx.write({ kind: 'set', collection: HOLDS, id, data: fromHold(hold, now()), expect: 'absent' });
        return hold;
      }),

    post: (hold, charge) =>
      transact(hold.ownerId, async (tx) => {
        const id = documentId(hold.requestId);
        const { entry, open, owner } = await readResolution(tx, hold);
        if (entry !== null) return toPosting(entry);
        if (open === null) throw new HoldResolved(hold.requestId);
        const cost = picoUsdToNanos(charge.cost, hold.currency, hold.fx);
        const { fromHold, overage, writtenOff } = splitCost(cost, hold.amount, owner.available);
        const createdAt = new Date(now());
        const common = { owner_id: hold.ownerId, key_id: hold.keyId, currency: hold.currency, created_at: createdAt };
        const data = {
          ...charge.facts,
          ...common,
          ...fromFx(hold.fx),
          entry_id: hold.requestId,
          kind: 'charge',
          amount: fromHold,
          overage,
          written_off: writtenOff,
          cost_pico_usd: charge.cost,
        };
        tx.write({ kind: 'set', collection: ENTRIES, id, data, expect: 'absent' });
        if (overage > 0n) {
          const entryId = `${hold.requestId}.overage`;
          const rest = { ...common, entry_id: entryId, kind: 'overage', amount: overage };
          tx.write({ kind: 'set', collection: ENTRIES, id: documentId(entryId), data: rest, expect: 'absent' });
        }
        for (const consumer of consumers) {
          const note = { request_id: hold.requestId, consumer, created_at: createdAt };
          tx.write({
            kind: 'set',
            collection: OUTBOX,
            id: outboxId(hold.requestId, consumer),
            data: note,
            expect: 'absent',
          });
        }
        tx.write({ kind: 'delete', collection: HOLDS, id, expect: 'present' });
        writeOwner(tx, owner, {
          available: owner.available + hold.amount - fromHold - overage,
          leased: owner.leased - hold.amount,
        });
        return { amount: fromHold + overage, writtenOff };
      }),

    void: (hold) =>
      transact(hold.ownerId, async (tx) => {
        const id = documentId(hold.requestId);
        const { entry, open, owner } = await readResolution(tx, hold);
        if (entry !== null) throw new HoldResolved(hold.requestId);
        // No hold and no entry: an earlier run of this very void was applied, or somebody else's was.
        if (open === null) return;
        tx.write({ kind: 'delete', collection: HOLDS, id, expect: 'present' });
        const { amount } = toHold(open);
        writeOwner(tx, owner, { available: owner.available + amount, leased: owner.leased - amount });
      }),

    topup: (topup) =>
      transact(topup.ownerId, async (tx) => {
        const entryId = `top_${topup.ownerId}_${topup.reference}`;
        const id = documentId(entryId);
        const earlier = await tx.get(ENTRIES, id);
        const owner = await readOwner(tx, topup.ownerId);
        if (owner.currency !== topup.currency) {
          throw new MeshError('invalid_request_error', {
            param: 'currency',
            message: `The owner's currency is ${owner.currency}.`,
          });
        }
        if (earlier !== null) {
          const entry = toEntry(earlier);
          if (entry.amount === topup.amount) return entry;
          throw new MeshError('conflict', {
            message: `The reference was used for ${formatAmount(entry.amount)} ${entry.currency}.`,
          });
        }
        const createdAt = new Date(now());
        const { ownerId, amount, currency, reference } = topup;
        const data = {
          entry_id: entryId,
          owner_id: ownerId,
          kind: 'topup',
          amount,
          currency,
          reference,
          created_at: createdAt,
        };
        tx.write({ kind: 'set', collection: ENTRIES, id, data, expect: 'absent' });
        writeOwner(tx, owner, { available: owner.available + amount, leased: owner.leased });
        return { id: entryId, ownerId, kind: 'topup', amount, currency, createdAt };
      }),
  };
}

/**
 * A document that was to be made is there already: most likely our own, of a commit that was applied and whose answer was
 * lost on the way to a resend. Run once more, the transaction finds it.
 */
function again<T>(error: unknown, run: () => Promise<T>): Promise<T> {
  if (error instanceof ExpectationFailed) return run();
  throw error;
}

/** The outbox document that one consumer deletes in the transaction in which it counts the charge of a request. */
export function outboxId(requestId: string, consumer: Consumer): string {
  return `${documentId(requestId)}.${consumer}`;
}

/** Who pays for a cost: the hold first, then what is left of the balance, then we. */
export function splitCost(cost: Nanos, held: Nanos, available: Nanos) {
  const fromHold = cost < held ? cost : held;
  const beyond = cost - fromHold;
  const overage = beyond < available ? beyond : available;
  return { fromHold, overage, writtenOff: beyond - overage };
}

/** An owner's money. */
export interface OwnerBalance {
  ownerId: string;
  currency: Currency;
  /** What new requests may hold. */
  available: Nanos;
  /** What running requests hold. */
  leased: Nanos;
}

export function toOwnerBalance(document: Document): OwnerBalance {
  const { owner_id, currency, available, leased } = document.data;
  return {
    ownerId: String(owner_id),
    currency: currency as Currency,
    available: toNanos(available),
    leased: toNanos(leased),
  };
}

/** A stored amount; anything but an integer means that the document was damaged, and money must stop there. */
export function toNanos(value: Value | undefined): Nanos {
  if (typeof value !== 'bigint') throw new TypeError('A stored amount is not an integer.');
  return value;
}

export function toEntry(document: Document): Entry {
  const { entry_id, owner_id, kind, amount, currency, created_at } = document.data;
  return {
    id: String(entry_id),
    ownerId: String(owner_id),
    kind: kind as Entry['kind'],
    amount: toNanos(amount),
    currency: currency as Currency,
    createdAt: created_at as Date,
  };
}

interface StoredOwner extends OwnerBalance {
  document: Document;
}

async function readOwner(tx: Transaction, ownerId: string): Promise<StoredOwner> {
  const document = await tx.get(OWNERS, documentId(ownerId));
  if (document === null) throw new MeshError('not_found', { message: 'There is no such owner.' });
  return { ...toOwnerBalance(document), document };
}

/** All that tells whether a hold is still open. */
async function readResolution(tx: Transaction, { requestId, ownerId }: Pick<Hold, 'requestId' | 'ownerId'>) {
  const id = documentId(requestId);
  const [entry, open, owner] = await Promise.all([tx.get(ENTRIES, id), tx.get(HOLDS, id), readOwner(tx, ownerId)]);
  return { entry, open, owner };
}

function toPosting({ data }: Document): Posting {
  return {
    amount: toNanos(data.amount) + toNanos(data.overage),
    writtenOff: toNanos(data.written_off),
  };
}

function writeOwner(tx: Transaction, { document }: StoredOwner, money: { available: Nanos; leased: Nanos }): void {
  if (money.available < 0n || money.leased < 0n) throw new RangeError('A balance would become negative.');
  const data = { ...document.data, ...money };
  tx.write({ kind: 'set', collection: OWNERS, id: document.id, data, expect: { version: document.version } });
}

function tooLittle(owner: OwnerBalance, amount: Nanos): MeshError {
  const { currency, available, leased } = owner;
  return new MeshError('spend_limit_exceeded', {
    message: `This request may cost up to ${formatAmount(amount)} ${currency}; ${formatAmount(available)} ${currency} is available.`,
    details: {
      reason: 'balance',
      currency,
      required: formatAmount(amount),
      available: formatAmount(available),
      reserved: formatAmount(leased),
    },
  });
}

function fromHold(hold: Hold, nowMs: number): Fields {
  return {
    request_id: hold.requestId,
    owner_id: hold.ownerId,
    key_id: hold.keyId,
    currency: hold.currency,
    amount: hold.amount,
    ...fromFx(hold.fx),
    created_at: new Date(nowMs),
    expires_at: new Date(nowMs + HOLD_LIFE_MS),
  };
}

function toHold({ data }: Document): Hold {
  return {
    requestId: String(data.request_id),
    ownerId: String(data.owner_id),
    keyId: String(data.key_id),
    currency: data.currency as Currency,
    amount: toNanos(data.amount),
    fx: { rate: toNanos(data.fx_rate), asOf: String(data.fx_as_of), source: String(data.fx_source) },
  };
}

function fromFx({ rate, asOf, source }: FxRate): Fields {
  return { fx_rate: rate, fx_as_of: asOf, fx_source: source };
}

/** Runs tasks of one name one after the other, tasks of different names side by side. */
function createTurns(): <T>(name: string, task: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (name, task) => {
    const before = last.get(name) ?? Promise.resolve();
    const turn = before.then(task, task);
    last.set(name, turn);
    const tidy = () => {
      if (last.get(name) === turn) last.delete(name);
    };
    turn.then(tidy, tidy);
    return turn;
  };
}
