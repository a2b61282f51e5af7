import { type Counted, MAX_CHARGES_PER_MESSAGE, type Names, namesIn } from '../core/ledger/usage-event.ts';
import { StoreUnavailable } from '../core/store/documents.ts';

/** How long messages wait for company where the store bills by the operation. Milliseconds. */
export const GATHER_MS = 1_000;
/** A message that comes so long after the one before it has no company to wait for, and an instance that waits is paid for. */
export const LONELY_MS = 250;
/** What messages that are counted together name at most; more does not wait. */
export const MAX_GATHERED = 10 * MAX_CHARGES_PER_MESSAGE;

/** What became of all charges that were counted together, and how many messages named them. */
export interface Gathered extends Counted {
  messages: number;
}

export interface GatherPorts {
  /** Counts what is named, in one transaction. */
  count(names: Names): Promise<Counted>;
  pause(milliseconds: number): Promise<unknown>;
  /** Monotonic milliseconds. */
  monotonic(): number;
  gatherMs: number;
}

/** A message that waits. */
interface Waiting {
  names: Names;
  resolve(gathered: Gathered): void;
  reject(error: unknown): void;
}

/**
 * Counts messages together that come within a moment of each other, one transaction at a time: of a busy key each would write
 * the same mark and the same rollup. A message is done when its transaction is. One that cannot be counted does not take the
 * others with it, whatever it names.
 */
export function gatherUsage({ count, pause, monotonic, gatherMs }: GatherPorts): (data: unknown) => Promise<Gathered> {
  const waiting: Waiting[] = [];
  let isRunning = false;
  let cameAt = Number.NEGATIVE_INFINITY;
  let isLonely = true;

  async function run(): Promise<void> {
    isRunning = true;
    while (waiting.length > 0) {
      if (sizeOf(waiting) < MAX_GATHERED) await pause(isLonely ? 0 : gatherMs);
      await countGroup(takeGroup(waiting));
    }
    isRunning = false;
  }

  async function countGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const counted = { ...(await count(together(group))), messages: group.length };
      for (const { resolve } of group) resolve(counted);
    } catch (error) {
      // All of them come again where the store is away. Else one may be at fault.
      if (group.length > 1 && !(error instanceof StoreUnavailable)) for (const each of group) await countGroup([each]);
      else for (const { reject } of group) reject(error);
    }
  }

  return (data) =>
    new Promise((resolve, reject) => {
      const at = monotonic();
      isLonely = at - cameAt >= LONELY_MS;
      cameAt = at;
      waiting.push({ names: namesIn(data), resolve, reject });
      if (!isRunning) void run();
    });
}

/** Takes as many as one transaction has room for, and one at least. */
function takeGroup(waiting: Waiting[]): Waiting[] {
  let some = 1;
  while (some < waiting.length && sizeOf(waiting.slice(0, some + 1)) <= MAX_GATHERED) some++;
  return waiting.splice(0, some);
}

function sizeOf(waiting: readonly Waiting[]): number {
  return waiting.reduce((sum, { names }) => sum + names.requestIds.length + names.leaseIds.length, 0);
}

function together(group: readonly Waiting[]): Names {
  return {
    requestIds: [...new Set(group.flatMap(({ names }) => names.requestIds))],
    leaseIds: [...new Set(group.flatMap(({ names }) => names.leaseIds))],
    likelyLeaseIds: [...new Set(group.flatMap(({ names }) => names.likelyLeaseIds ?? []))],
  };
}
