import { type Documents, ExpectationFailed, StoreContended, type Transaction } from './documents.ts';

/** Runs of a transaction that found a document where none was to be. */
export const MAX_SURPRISES = 5;
/** Runs of a patient transaction that others were in the way of. The store's own tries are within each. */
export const MAX_CONTENDED = 8;
/** The longest wait before the second run, doubled before each further one, and the longest of all. Milliseconds. */
export const FIRST_WAIT_MS = 50;
export const LAST_WAIT_MS = 2_000;

/**
 * Runs a transaction of which each run looks whether an earlier one was applied. A document that was to be made and is there
 * already is either our own, of a commit whose answer was lost, or somebody else's, made at the same moment: the next run
 * reads it.
 */
export async function transact<T>(documents: Documents, body: (tx: Transaction) => Promise<T>): Promise<T> {
  for (let surprises = 1; ; surprises++) {
    try {
      return await documents.transaction(body);
    } catch (error) {
      if (!(error instanceof ExpectationFailed) || surprises >= MAX_SURPRISES) throw error;
    }
  }
}

export interface Patience {
  pause(milliseconds: number): Promise<unknown>;
  /** From 0 to below 1. */
  random(): number;
}

/**
 * As `transact`, for what nobody would ask for again: where many change one document at once, those that the store gave up
 * on wait for a random time, longer each time, and run again. A store that cannot be reached is not waited for.
 */
export async function transactPatiently<T>(
  documents: Documents,
  { pause, random }: Patience,
  body: (tx: Transaction) => Promise<T>,
): Promise<T> {
  for (let runs = 1; ; runs++) {
    try {
      return await transact(documents, body);
    } catch (error) {
      const isOver = runs >= MAX_CONTENDED || !(error instanceof StoreContended || error instanceof ExpectationFailed);
      if (isOver) throw error;
      // All of them wait for as long at most, so that they do not come back together.
      await pause(random() * Math.min(FIRST_WAIT_MS * 2 ** (runs - 1), LAST_WAIT_MS));
    }
  }
}
