import { documentId } from '../store/document-id.ts';
import type { Documents, Transaction } from '../store/documents.ts';
import { transact } from '../store/transact.ts';
import { figuresOf, grant, type RateRefusal, type RateWish } from './rate-grant.ts';
import type { RateFigures, RateScope } from './rate-scope.ts';
import type { Correction } from './rate-stock.ts';
import {
  addToWindow,
  isDamaged,
  type RateWindow,
  secondOf,
  toSecond,
  toWindowFields,
  WINDOWS,
  WRITES_KEPT,
  windowAt,
} from './rate-window.ts';

/** What a transaction brought. */
export interface Outcome {
  refusals: readonly (RateRefusal | null)[];
  ahead: number;
  aheadTokens: number;
  figures: RateFigures;
  /** Of the store's clock: the second that all permits count in, and the time it was looked at, in milliseconds. */
  second: number;
  now: number;
}

export interface PermitCounterPorts {
  documents: Documents;
  /** Unique for each start of a process. */
  instanceId: string;
}

/** Counts in the store what is granted, before it is used. */
export type CountPermits = (
  scopes: readonly RateScope[],
  wish: RateWish,
  corrections: ReadonlyMap<number, Correction>,
) => Promise<Outcome>;

export function createPermitCounter({ documents, instanceId }: PermitCounterPorts): CountPermits {
  let runs = 0;
  return (scopes, wish, corrections) => {
    const outcomes = new Map<string, Outcome>();
    let marks: readonly (string | null)[] | null = null;
    return transact(documents, async (tx) => {
      const { found, windows, now: storeNow } = await look(tx, scopes);
      // Of several runs one may have been applied although the store said otherwise: then that one holds.
      const applied = windows.flatMap(({ writes }) => writes).find((write) => outcomes.has(write));
      const outcomeOfApplied = applied === undefined ? undefined : outcomes.get(applied);
      if (outcomeOfApplied !== undefined) return outcomeOfApplied;
      marks ??= windows.map(({ writes }) => writes.at(-1) ?? null);
      const wasNotApplied = windows.some(({ writes }, at) => reachesBackTo(writes, marks?.[at] ?? null));
      const due = wasNotApplied ? corrections : addedOnly(corrections);
      const corrected = windows.map((window) => applyCorrections(window, due));
      const granted = grant(scopes, corrected, wish, storeNow);
      const outcome = {
        refusals: granted.refusals,
        ahead: granted.ahead,
        aheadTokens: wish.aheadTokens,
        figures: figuresOf(scopes, granted.windows),
        second: granted.windows[0]?.second ?? 0,
        now: storeNow,
      };
      const isHealed = found.some((document) => document !== null && isDamaged(document, toSecond(storeNow)));
      const isChanged = isHealed || due.size > 0 || granted.ahead > 0 || granted.refusals.includes(null);
      if (!isChanged) return outcome;
      const write = `${instanceId}.${++runs}`;
      outcomes.set(write, outcome);
      for (const [at, { id }] of scopes.entries()) {
        const [window, document] = [granted.windows[at], found[at]];
        if (window === undefined) continue;
        tx.write({
          kind: 'set',
          collection: WINDOWS,
          id: documentId(id),
          data: toWindowFields(id, window, write),
          expect: document ? { version: document.version } : 'absent',
        });
      }
      return outcome;
    });
  };
}

/** The windows of all scopes at one second: that of the store's clock, or the latest that one of them has got to. */
async function look(tx: Transaction, scopes: readonly RateScope[]) {
  const found = await Promise.all(scopes.map(({ id }) => tx.get(WINDOWS, documentId(id))));
  const told = tx.readAt();
  const now = Math.max(told, ...found.map((document) => secondOf(document, toSecond(told)) * 1_000));
  const windows = found.map((document) => windowAt(document, toSecond(now)));
  return { found, windows, now };
}

/** Whether all writes since `mark` (null: since there were none) are still known by name. */
function reachesBackTo(writes: readonly string[], mark: string | null): boolean {
  return mark === null ? writes.length < WRITES_KEPT : writes.includes(mark);
}

function applyCorrections(window: RateWindow, corrections: ReadonlyMap<number, Correction>): RateWindow {
  let next = window;
  for (const [second, { requests, tokens }] of corrections) next = addToWindow(next, second, requests, tokens);
  return next;
}

/** Without what is given back. */
export function addedOnly(corrections: ReadonlyMap<number, Correction>): ReadonlyMap<number, Correction> {
  return new Map(
    [...corrections].filter(([, { tokens }]) => tokens > 0).map(([at, { tokens }]) => [at, { requests: 0, tokens }]),
  );
}
