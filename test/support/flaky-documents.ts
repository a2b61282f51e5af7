import { type Documents, ExpectationFailed, StoreUnavailable } from '../../functions/core/store/documents.ts';

/** What may become of one write: done, not done and said so, done but the answer was lost, or run twice. */
export const fates = ['done', 'refused', 'answer lost', 'run twice'] as const;
export type Fate = (typeof fates)[number];

/** A store whose transactions and commits meet the fates that a test hands out, in turn. */
export function flakyDocuments(documents: Documents, fate: () => Fate): Documents {
  return {
    place: 'test',
    get: (collection, id) => documents.get(collection, id),
    query: (query) => documents.query(query),
    listen: (query, onChanges, onError) => documents.listen(query, onChanges, onError),
    now: () => documents.now(),
    close: () => documents.close(),
    async transaction(body) {
      switch (fate()) {
        case 'refused':
          throw new StoreUnavailable('refused');
        case 'answer lost':
          await documents.transaction(body);
          throw new StoreUnavailable('the answer was lost');
        case 'run twice': {
          // As a client does whose first commit was applied, but came back as contention.
          await documents.transaction(body);
          return documents.transaction(body).catch((error) => {
            if (error instanceof ExpectationFailed)
              throw new Error('the second run did not find what the first one made');
            throw error;
          });
        }
        default:
          return documents.transaction(body);
      }
    },
    async commit(writes) {
      switch (fate()) {
        case 'refused':
          throw new StoreUnavailable('refused');
        case 'answer lost':
          await documents.commit(writes);
          throw new StoreUnavailable('the answer was lost');
        case 'run twice':
          // A client that sends again what was applied is told that its expectation failed.
          await documents.commit(writes);
          return documents.commit(writes);
        default:
          return documents.commit(writes);
      }
    },
  };
}
