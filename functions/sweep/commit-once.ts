import { type Documents, ExpectationFailed, type Write } from '../core/store/documents.ts';

/** Makes a commit; false where another sweep has made it before. */
export async function commitOnce(documents: Documents, writes: readonly Write[]): Promise<boolean> {
  try {
    await documents.commit(writes);
    return true;
  } catch (error) {
    if (error instanceof ExpectationFailed) return false;
    throw error;
  }
}
