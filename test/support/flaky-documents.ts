import {
  type Documents,
  ExpectationFailed,
  StoreContended,
  type StoreTrouble,
  StoreUnavailable,
} from '../../functions/core/store/documents.ts';

/** gRPC's code for a write that can never be made, as Firestore's client throws it. */
const INVALID_ARGUMENT = 3;

/** All that a store throws when it has done nothing. What is not a `StoreUnavailable` comes again however often it is asked. */
const refusals = {
  refused: () => new StoreUnavailable('refused'),
  contended: () => new StoreContended('Others changed the same documents.'),
  invalid: () => Object.assign(new Error('3 INVALID_ARGUMENT: a field is too long'), { code: INVALID_ARGUMENT }),
  defect: () => new TypeError('Cannot read properties of undefined'),
  full: troubled('full'),
  locked: troubled('locked'),
  read_only: troubled('read_only'),
  denied: troubled('denied'),
  quota: troubled('quota'),
  io: troubled('io'),
  damaged: troubled('damaged'),
  missing: troubled('missing'),
} satisfies Record<StoreTrouble, () => Error> & Record<string, () => Error>;

function troubled(trouble: StoreTrouble): () => Error {
  return () => new StoreUnavailable(`The store is ${trouble}.`, { trouble });
}

/** What may become of one write: done, done but the answer was lost, run twice, or not done and said so in one of many ways. */
export type Fate = 'done' | 'answer lost' | 'run twice' | keyof typeof refusals;
export const refusedFates = Object.keys(refusals) as (keyof typeof refusals)[];
export const fates: readonly Fate[] = ['done', 'answer lost', 'run twice', ...refusedFates];

const thrown = new WeakSet<Error>();

/** Whether an error was made here, and is no mistake of those who pass it on. */
export function isFlaw(error: unknown): boolean {
  return error instanceof Error && thrown.has(error);
}

function toThrow(error: Error): Error {
  thrown.add(error);
  return error;
}

/**
 * A store whose transactions and commits meet the fates that a test hands out, in turn. So do its reads where the test says so:
 * of them only refusals make a difference.
 */
export function flakyDocuments(documents: Documents, fate: () => Fate, readFate: () => Fate = () => 'done'): Documents {
  const read = async <T>(act: () => Promise<T>): Promise<T> => {
    const met = readFate();
    if (met in refusals) throw toThrow(refusals[met as keyof typeof refusals]());
    return act();
  };
  return {
    place: 'test',
    get: (collection, id) => read(() => documents.get(collection, id)),
    query: (query) => read(() => documents.query(query)),
    listen: (query, onChanges, onError) => documents.listen(query, onChanges, onError),
    now: () => documents.now(),
    close: () => documents.close(),
    async transaction(body) {
      const met = fate();
      switch (met) {
        case 'done':
          return documents.transaction(body);
        case 'answer lost':
          await documents.transaction(body);
          throw toThrow(new StoreUnavailable('the answer was lost'));
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
          throw toThrow(refusals[met]());
      }
    },
    async commit(writes) {
      const met = fate();
      switch (met) {
        case 'done':
          return documents.commit(writes);
        case 'answer lost':
          await documents.commit(writes);
          throw toThrow(new StoreUnavailable('the answer was lost'));
        case 'run twice':
          // A client that sends again what was applied is told that its expectation failed.
          await documents.commit(writes);
          return documents.commit(writes);
        default:
          throw toThrow(refusals[met]());
      }
    },
  };
}
