/**
 * The store, as the domain sees it: collections of small documents with versions. Adapters (Firestore, SQLite) hold no
 * rules. Integers are `bigint` both ways, so that money never passes through a double; a `number` that is written with an
 * integral value comes back as a `bigint`. `Date` has millisecond precision. Fields that are `undefined` are not written.
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | readonly Value[]
  | { readonly [field: string]: Value };
export type Fields = { readonly [field: string]: Value | undefined };

/** Opaque; changes with every write of the document. */
export type Version = string;

export interface Document {
  readonly id: string;
  readonly version: Version;
  readonly data: { readonly [field: string]: Value };
}

export interface Filter {
  /** Top-level field. */
  field: string;
  op: '==' | '<' | '<=' | '>' | '>=';
  value: string | bigint | boolean | Date;
}

/** All filters hold; ordered by `orderBy`, then by id. Firestore needs an index for equality plus range or order. */
export interface Query {
  collection: string;
  where?: readonly Filter[];
  orderBy?: { field: string; direction: 'asc' | 'desc' };
  /** At most this many documents, default and maximum `MAX_QUERY_DOCUMENTS`. */
  limit?: number;
  /** A top-level field that is large and of no use to whoever asks: an adapter that saves something by it leaves it out. */
  without?: string;
}

export const MAX_QUERY_DOCUMENTS = 1000;

/** A write states what it expects to find; a commit or transaction whose expectation fails writes nothing. */
export type Write =
  | {
      kind: 'set';
      collection: string;
      id: string;
      data: Fields;
      expect: 'absent' | 'present' | 'any' | { version: Version };
    }
  /** Replaces the fields that are named and leaves the others. Unlike a `set` at a version it needs no read. */
  | { kind: 'update'; collection: string; id: string; data: Fields; expect: { version: Version } }
  | { kind: 'delete'; collection: string; id: string; expect: 'present' | 'any' | { version: Version } };

/** Thrown by `commit` (and by a transaction's end) when a write's expectation did not hold. Nothing was written. */
export class ExpectationFailed extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ExpectationFailed';
  }
}

/**
 * Why nothing can be written to the whole store, by whomever: its disk is full, another process has it locked, it may not be
 * written to, our credential or our quota does not do, its file is damaged or gone.
 */
export type StoreTrouble = 'full' | 'locked' | 'read_only' | 'denied' | 'quota' | 'io' | 'damaged' | 'missing';

/** Thrown when the store could not be reached or answered too late: what became of a write is not known. */
export class StoreUnavailable extends Error {
  /** Set where the reason concerns the whole store; null where it may be this call's alone. */
  readonly trouble: StoreTrouble | null;

  constructor(message: string, options?: ErrorOptions & { trouble?: StoreTrouble }) {
    super(message, options);
    this.name = 'StoreUnavailable';
    this.trouble = options?.trouble ?? null;
  }
}

/** Thrown when others changed the same documents again and again. Nothing was written: another try may do. */
export class StoreContended extends StoreUnavailable {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreContended';
  }
}

/** Reads see one moment; writes are buffered and applied together. All reads come before the first write. */
export interface Transaction {
  get(collection: string, id: string): Promise<Document | null>;
  /** When its last read was, as Unix time in milliseconds by the store's own clock. Throws before its first. */
  readAt(): number;
  write(write: Write): void;
}

export interface Change {
  kind: 'set' | 'delete';
  document: Document;
}

export interface Documents {
  get(collection: string, id: string): Promise<Document | null>;
  query(query: Query): Promise<Document[]>;
  /**
   * Calls `onChanges` with what the query holds now (as `set` changes, also when it is empty), then with every later
   * change, in order. `onError` means the listener is down; it restarts by itself and then sends everything again.
   * The returned function ends it.
   */
  listen(query: Query, onChanges: (changes: Change[]) => void, onError: (error: unknown) => void): () => void;
  /**
   * Serialisable. The body may run several times, each time from the start, and once more after its writes were in
   * fact applied (a commit whose answer was lost): it must find what it created and do nothing then.
   */
  transaction<T>(body: (transaction: Transaction) => Promise<T>): Promise<T>;
  /**
   * All writes or none, without reading first. Returns the version that all documents it wrote have now; null where the
   * adapter cannot tell.
   */
  commit(writes: readonly Write[]): Promise<Version | null>;
  /** Which store this is, for people: a file's path, a database's name. Never a credential. */
  readonly place: string;
  /**
   * Whether what was opened is still where it was, looked at without writing; null where nothing stands against it. Not there
   * where a store cannot be taken away under those who use it.
   */
  check?(): StoreTrouble | null;
  /** Unix time in milliseconds by the store's own clock, the one that all instances have in common. */
  now(): Promise<number>;
  close(): Promise<void>;
}
