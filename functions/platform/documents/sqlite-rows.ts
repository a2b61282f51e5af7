import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Document, Query } from '../../core/store/documents.ts';
import { decodeDocument, encodeDocument } from './encode-document.ts';
import { toSql } from './sqlite-query.ts';
import { columns, columnValues } from './sqlite-schema.ts';
import type { Changed } from './write-batch.ts';

interface Row {
  id: string;
  version: number;
  data: string;
}

/** The file as rows: every statement that is run on it. All of it is synchronous, and nothing is remembered. */
export class SqliteRows {
  readonly #database: DatabaseSync;
  readonly #select: StatementSync;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #updateColumns: StatementSync;
  readonly #delete: StatementSync;
  readonly #selectLast: StatementSync;
  readonly #updateLast: StatementSync;
  readonly #selectDataVersion: StatementSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    // Without numbers: Node 22 takes a parameter with one for a name.
    const one = 'WHERE collection = ? AND substr(id, 6) = substr(?, 6) AND id = ?';
    this.#select = database.prepare(`SELECT id, version, data FROM documents ${one}`);
    this.#insert = database.prepare(
      `INSERT INTO documents (collection, id, version, data, ${columns}) VALUES (?, ?, ?, ?, ${columns.map(() => '?')})`,
    );
    this.#update = database.prepare(`UPDATE documents SET version = ?, data = ? ${one}`);
    this.#updateColumns = database.prepare(
      `UPDATE documents SET version = ?, data = ?, ${columns.map((column) => `${column} = ?`)} ${one}`,
    );
    this.#delete = database.prepare(`DELETE FROM documents ${one}`);
    this.#selectDataVersion = database.prepare('PRAGMA data_version');
    this.#selectLast = database.prepare('SELECT last FROM versions');
    this.#updateLast = database.prepare('UPDATE versions SET last = ?');
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
  }

  find(collection: string, id: string): Document | null {
    const row = this.#select.get(collection, id, id) as unknown as Row | undefined;
    return row === undefined ? null : toDocument(row);
  }

  query(query: Query): Document[] {
    const { sql, values } = toSql(query);
    return (this.#database.prepare(sql).all(...values) as unknown as Row[]).map(toDocument);
  }

  /** Takes the file's write lock. */
  begin(): void {
    this.#begin.run();
  }

  commit(): void {
    this.#commit.run();
  }

  rollBack(): void {
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  /** The last version that was given to a document. */
  get last(): number {
    return (this.#selectLast.get() as { last: number }).last;
  }

  set last(version: number) {
    this.#updateLast.run(version);
  }

  /** Changes when another connection has written. */
  dataVersion(): number {
    return (this.#selectDataVersion.get() as { data_version: number }).data_version;
  }

  put({ collection, id, stored, document }: Changed): void {
    if (document === null) {
      this.#delete.run(collection, id, id);
      return;
    }
    const version = Number(document.version);
    const text = encodeDocument(document.data);
    const values = columnValues(collection, document.data);
    if (stored === null) {
      this.#insert.run(collection, id, version, text, ...values);
      return;
    }
    const before = columnValues(collection, stored.data);
    const moves = values.some((value, at) => value !== before[at]);
    if (moves) this.#updateColumns.run(version, text, ...values, collection, id, id);
    else this.#update.run(version, text, collection, id, id);
  }
}

function toDocument({ id, version, data }: Row): Document {
  return { id, version: String(version), data: decodeDocument(data) };
}
