import { documentId } from '../store/document-id.ts';
import { type Documents, ExpectationFailed, MAX_QUERY_DOCUMENTS, type Write } from '../store/documents.ts';

/** `doubts/{id}`: endpoints whose reports of usage are doubted, until an operator clears them. */
export const DOUBTS = 'doubts';

export interface Doubt {
  endpoint: string;
  /** Unix milliseconds, store's clock. */
  since: number;
  /** The request whose report could not be true. */
  requestId: string;
}

/** Which endpoints reported more than can be true, as all instances know it. */
export interface Doubts {
  has(endpointId: string): boolean;
  list(): readonly Doubt[];
  /**
   * Doubts an endpoint, here at once and everywhere once it is in the store; `also` is written with it. False where it was
   * doubted already. Throws where it could not be written; then it is not doubted.
   */
  add(doubt: Doubt, also: readonly Write[]): Promise<boolean>;
  /** An operator has looked. */
  clear(endpointId: string, also: readonly Write[]): Promise<void>;
  close(): void;
}

export function openDoubts(documents: Documents, onTrouble: (error: unknown) => void): Doubts {
  const doubts = new Map<string, Doubt>();
  const close = documents.listen(
    { collection: DOUBTS, limit: MAX_QUERY_DOCUMENTS },
    (changes) => {
      for (const { kind, document } of changes) {
        const { endpoint, since, request_id } = document.data;
        const id = String(endpoint);
        if (kind === 'set') {
          doubts.set(id, { endpoint: id, since: (since as Date).getTime(), requestId: String(request_id) });
        } else doubts.delete(id);
      }
    },
    onTrouble,
  );

  return {
    has: (endpointId) => doubts.has(endpointId),
    list: () => [...doubts.values()],
    async add(doubt, also) {
      const { endpoint, since, requestId } = doubt;
      if (doubts.has(endpoint)) return false;
      doubts.set(endpoint, doubt);
      const data = { endpoint, since: new Date(since), request_id: requestId };
      try {
        await documents.commit([
          { kind: 'set', collection: DOUBTS, id: documentId(endpoint), data, expect: 'absent' },
          ...also,
        ]);
        return true;
      } catch (error) {
        if (error instanceof ExpectationFailed) return false;
        // The next report that cannot be true tries again.
        doubts.delete(endpoint);
        throw error;
      }
    },
    async clear(endpointId, also) {
      await documents.commit([
        { kind: 'delete', collection: DOUBTS, id: documentId(endpointId), expect: 'any' },
        ...also,
      ]);
      doubts.delete(endpointId);
    },
    close,
  };
}
