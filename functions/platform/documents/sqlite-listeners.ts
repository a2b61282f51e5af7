import type { Change, Document, Query } from '../../core/store/documents.ts';
import { harmless } from './harmless.ts';

interface Listener {
  collection: string;
  look: (written: boolean) => void;
  stop: () => void;
}

export interface ListenersPorts {
  query(query: Query): Document[];
  /** Changes when another connection has written. */
  dataVersion(): number;
  pollMs: number;
}

/** Who listens to which documents. Own writes are told of at once, those of other processes when they are looked for. */
export class SqliteListeners {
  readonly #ports: ListenersPorts;
  readonly #listeners = new Set<Listener>();
  /** Collections that were written to since their listeners were told. */
  readonly #written = new Set<string>();

  constructor(ports: ListenersPorts) {
    this.#ports = ports;
  }

  listen(query: Query, onChanges: (changes: Change[]) => void, heedError: (error: unknown) => void): () => void {
    const onError = harmless(heedError);
    let known: Map<string, Document> | null = null;
    let seen = '';
    const look = (written: boolean) => {
      try {
        const state = String(this.#ports.dataVersion());
        if (known !== null && !written && state === seen) return;
        const found = new Map(this.#ports.query(query).map((document) => [document.id, document]));
        const changes = difference(known ?? new Map(), found);
        const first = known === null;
        known = found;
        seen = state;
        if (first || changes.length > 0) onChanges(changes);
      } catch (error) {
        // What was known is sent again once the file can be read.
        known = null;
        onError(error);
      }
    };
    const timer = setInterval(look, this.#ports.pollMs, false).unref();
    const stop = () => {
      clearInterval(timer);
      this.#listeners.delete(listener);
    };
    const listener: Listener = { collection: query.collection, look, stop };
    this.#listeners.add(listener);
    setImmediate(() => {
      if (this.#listeners.has(listener)) look(false);
    });
    return stop;
  }

  /** Notes that a collection was written to. */
  note(collection: string): void {
    this.#written.add(collection);
  }

  /** Tells of what was noted, outside the write itself. */
  notifySoon(): void {
    const isHeard = [...this.#listeners].some(({ collection }) => this.#written.has(collection));
    if (!isHeard) {
      this.#written.clear();
      return;
    }
    setImmediate(() => {
      const written = new Set(this.#written);
      this.#written.clear();
      for (const { collection, look } of this.#listeners) if (written.has(collection)) look(true);
    });
  }

  stop(): void {
    for (const { stop } of this.#listeners) stop();
  }
}

function difference(before: ReadonlyMap<string, Document>, after: ReadonlyMap<string, Document>): Change[] {
  const changes: Change[] = [];
  for (const [id, document] of before) if (!after.has(id)) changes.push({ kind: 'delete', document });
  for (const [id, document] of after) {
    if (before.get(id)?.version !== document.version) changes.push({ kind: 'set', document });
  }
  return changes;
}
