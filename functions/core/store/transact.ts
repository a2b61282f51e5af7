import { type Documents, ExpectationFailed, type Transaction } from './documents.ts';

/** Runs of a transaction that found a document where none was to be. */
export const MAX_SURPRISES = 5;

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
