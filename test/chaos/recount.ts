import { DatabaseSync } from 'node:sqlite';

/** What the store says of the money of everybody, read and added up without any of the router's code. Nanos. */
export interface Recount {
  owners: number;
  entries: number;
  /** Each owner whose books do not add up, with what was found; each key above its cap; each lease that is wrong or left open. */
  faults: string[];
}

type Row = Record<string, unknown>;

/** What an answer said of itself: a decimal amount, and whether its charge was confirmed by then. */
export interface Told {
  amount: string;
  settled: boolean;
}

/**
 * Reads the file of routers that have gone. `caps`: the most that a key may have spent, by its id; `told`: what answers said that
 * they cost, by request.
 */
export function recount(path: string, caps: ReadonlyMap<string, bigint>, told: ReadonlyMap<string, Told>): Recount {
  const database = new DatabaseSync(path, { readOnly: true });
  const read = (collection: string): Row[] =>
    database
      .prepare('SELECT data FROM documents WHERE collection = ?')
      .all(collection)
      .map(({ data }) => JSON.parse(String(data)) as Row);
  const [owners, entries, leases] = ['owners', 'entries', 'leases'].map(read) as [Row[], Row[], Row[]];
  database.close();

  const faults: string[] = [];
  const signs: Record<string, bigint> = { topup: 1n, adjustment: 1n, refund: 1n, charge: -1n, overage: -1n };
  const booked = new Map<string, bigint>();
  const spent = new Map<string, bigint>();
  const charged = new Map<string, bigint>();
  const refunded = new Map<string, bigint>();
  for (const { kind, owner_id, key_id, amount, entry_id, request_id } of entries) {
    const sign = signs[String(kind)];
    if (sign === undefined) throw new Error(`An entry of kind ${kind} is not known here.`);
    const nanos = integer(amount);
    add(booked, String(owner_id), sign * nanos);
    if (sign < 0n) add(spent, String(key_id), nanos);
    if (sign < 0n) add(charged, String(kind === 'charge' ? entry_id : request_id), nanos);
    if (kind === 'refund') add(refunded, String(request_id), nanos);
  }
  for (const { owner_id, available, leased } of owners) {
    const is = integer(available);
    const should = booked.get(String(owner_id)) ?? 0n;
    if (is !== should) faults.push(`${owner_id} has ${is}, but its entries add up to ${should}`);
    if (is < 0n || integer(leased) !== 0n) faults.push(`${owner_id}: available ${is}, leased ${leased}`);
  }
  for (const [requestId, back] of refunded) {
    if (back > (charged.get(requestId) ?? 0n)) faults.push(`${requestId} was given back more than it was charged`);
  }
  for (const [keyId, cap] of caps) {
    const used = spent.get(keyId) ?? 0n;
    if (used > cap) faults.push(`${keyId} has spent ${used}, above its cap of ${cap}`);
  }
  for (const [requestId, { amount, settled }] of told) {
    const is = charged.get(requestId);
    // An answer whose lease had ended before costs nothing, and says so.
    if ((settled || is !== undefined) && (is ?? 0n) !== nanosOf(amount)) {
      faults.push(`${requestId} was told ${amount} (settled: ${settled}), and was charged ${is ?? 'nothing'}`);
    }
  }
  for (const { lease_id, status, granted, spent, held, running, posts } of leases) {
    if (status !== 'closed' || held !== 0 || running !== 0) {
      faults.push(`${lease_id} was left ${status}, with ${held} held by ${running} requests`);
    }
    const own = entries.filter((entry) => entry.kind === 'charge' && entry.lease_id === lease_id);
    const paid = own.reduce((sum, { amount, overage }) => sum + integer(amount) + integer(overage), 0n);
    if (paid !== integer(spent) || paid > integer(granted)) {
      faults.push(`${lease_id} was granted ${granted} and has spent ${spent}, but its charges add up to ${paid}`);
    }
    const numbers = own.map(({ nth }) => Number(nth)).sort((a, b) => a - b);
    if (numbers.length !== posts || numbers.some((nth, index) => nth !== index + 1)) {
      faults.push(`${lease_id} has posted ${posts} charges, but they are numbered ${numbers.join(' ')}`);
    }
  }
  return { owners: owners.length, entries: entries.length, faults };
}

function nanosOf(amount: string): bigint {
  const [whole = '0', part = ''] = amount.split('.');
  return BigInt(whole) * 1_000_000_000n + BigInt(part.padEnd(9, '0'));
}

function add(sums: Map<string, bigint>, of: string, amount: bigint): void {
  sums.set(of, (sums.get(of) ?? 0n) + amount);
}

/** An integer, as the file has it; one that a double cannot hold would be none of what a run can spend. */
function integer(value: unknown): bigint {
  if (!Number.isSafeInteger(value)) throw new Error(`${value} is no amount.`);
  return BigInt(value as number);
}
