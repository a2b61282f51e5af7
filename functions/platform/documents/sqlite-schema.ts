import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { KEYS } from '../../core/keys.ts';
import { LEASES } from '../../core/leases/lease-store.ts';
import { ENTRIES } from '../../core/ledger/entries.ts';
import { FAILED_REQUESTS } from '../../core/ledger/failed-requests.ts';
import { ROLLUPS } from '../../core/ledger/rollups.ts';
import type { Document } from '../../core/store/documents.ts';
import { STORE_VERSION } from '../../core/store/store-version.ts';
import { DATE_TAG } from './encode-document.ts';

/**
 * What grows without end and is queried, by which fields: first those that are equal, then the one that orders. They stand
 * in columns of their own beside the document. Everything else is small, and an index would cost every request more than it
 * saves.
 */
const INDEXES = [
  { collection: ENTRIES, fields: ['owner_id', 'created_at'] },
  { collection: ENTRIES, fields: ['owner_id', 'entry_id'] },
  { collection: ENTRIES, fields: ['owner_id', 'key_id', 'created_at'] },
  { collection: ENTRIES, fields: ['owner_id', 'session', 'created_at'] },
  { collection: FAILED_REQUESTS, fields: ['owner_id', 'created_at'] },
  { collection: FAILED_REQUESTS, fields: ['owner_id', 'key_id', 'created_at'] },
  { collection: FAILED_REQUESTS, fields: ['owner_id', 'session', 'created_at'] },
  { collection: ROLLUPS, fields: ['owner_id', 'place'] },
  { collection: ROLLUPS, fields: ['key_id', 'place'] },
  { collection: ROLLUPS, fields: ['shard', 'place'] },
  { collection: LEASES, fields: ['owner_id', 'lease_id'] },
  { collection: KEYS, fields: ['owner_id', 'key_id'] },
  { collection: KEYS, fields: ['key_id'] },
] as const;

export const columns = ['field_1', 'field_2', 'field_3', 'field_4', 'field_5'] as const;
type Column = (typeof columns)[number];

/** The column of each indexed field, by collection; none has more fields than there are columns. */
const columnsByField = new Map<string, Map<string, Column>>();
for (const { collection, fields } of INDEXES) {
  const known = columnsByField.get(collection) ?? new Map<string, Column>();
  columnsByField.set(collection, known);
  for (const field of fields) if (!known.has(field)) known.set(field, columns[known.size] as Column);
}

/** Where an indexed field stands; null for any other. */
export function columnOf(collection: string, field: string): Column | null {
  return columnsByField.get(collection)?.get(field) ?? null;
}

/**
 * The index that has what a query looks for in its order, and of those the one that names most of it: `equal` are its fields that have
 * to be equal. Null where there is none. SQLite itself takes any of them, also one in which a session is a needle among all requests.
 */
export function indexFor(collection: string, equal: readonly string[], order: string): string | null {
  const fitting = INDEXES.filter(({ collection: its, fields }) => {
    return its === collection && fields.at(-1) === order && fields.slice(0, -1).every((field) => equal.includes(field));
  });
  const [most] = fitting.sort((a, b) => b.fields.length - a.fields.length);
  return most === undefined ? null : nameOf(most);
}

function nameOf({ collection, fields }: (typeof INDEXES)[number]): string {
  return `${collection}_by_${fields.join('_')}`;
}

/** What stands in the columns beside a document, in their order. */
export function columnValues(collection: string, data: Document['data']): SQLInputValue[] {
  const values: SQLInputValue[] = columns.map(() => null);
  let at = 0;
  for (const field of columnsByField.get(collection)?.keys() ?? []) {
    const value = data[field];
    if (typeof value === 'string' || typeof value === 'bigint') values[at] = value;
    else if (value instanceof Date) values[at] = BigInt(value.getTime());
    at++;
  }
  return values;
}

/**
 * Brings a new or an older file to this schema, which its `user_version` says then; a newer one is refused before it is opened.
 * Throws where another process has it locked.
 *
 * Ids begin with four hex digits of a hash and an underscore. Without them they count up, so that what is written together
 * lies together, and a write to the disk touches few pages.
 */
export function prepareSchema(database: DatabaseSync): void {
  const { user_version } = database.prepare('PRAGMA user_version').get() as { user_version: number };
  // What is deleted is overwritten: else erased traces and deleted templates can be read in the file until their page is used again.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;');
  if (user_version === STORE_VERSION) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    database.exec(`
      CREATE TABLE IF NOT EXISTS documents (
        collection TEXT NOT NULL,
        id TEXT NOT NULL,
        version INTEGER NOT NULL,
        data TEXT NOT NULL
      );
      -- Versions come from one counter, so that a document deleted and made anew never has an old version again.
      CREATE TABLE IF NOT EXISTS versions (last INTEGER NOT NULL);
      INSERT INTO versions SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM versions);
    `);
    for (const column of missing(database)) database.exec(`ALTER TABLE documents ADD COLUMN ${column}`);
    for (const index of olderIndexes(database)) database.exec(`DROP INDEX ${index}`);
    for (const [collection, fields] of columnsByField) {
      const set = [...fields].map(([field, column]) => `${column} = ${jsonValue(field)}`);
      database.exec(`UPDATE documents SET ${set.join(', ')} WHERE collection = '${collection}'`);
    }
    database.exec('CREATE UNIQUE INDEX documents_by_id ON documents (collection, substr(id, 6), id)');
    for (const index of INDEXES) {
      const { collection, fields } = index;
      const indexed = fields.map((field) => columnOf(collection, field));
      // Most requests are of no session: those cost nothing in its index.
      const there = indexed.slice(1, -1).map((column) => ` AND ${column} IS NOT NULL`);
      const where = `collection = '${collection}'${there.join('')}`;
      database.exec(`CREATE INDEX ${nameOf(index)} ON documents (${indexed.join(', ')}) WHERE ${where}`);
    }
    database.exec(`PRAGMA user_version = ${STORE_VERSION}; COMMIT`);
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

/** A field's value in the JSON of a document: of a date its time. */
function jsonValue(field: string): string {
  return `coalesce(json_extract(data, '$.${field}."${DATE_TAG}"'), json_extract(data, '$.${field}'))`;
}

function missing(database: DatabaseSync): Column[] {
  const known = database
    .prepare("SELECT name FROM pragma_table_info('documents')")
    .all()
    .map(({ name }) => name);
  return columns.filter((column) => !known.includes(column));
}

/** All but what the table's own key needs. */
function olderIndexes(database: DatabaseSync): string[] {
  const sql = "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'documents' AND sql IS NOT NULL";
  return database
    .prepare(sql)
    .all()
    .map(({ name }) => String(name));
}
