import type { SQLInputValue } from 'node:sqlite';
import { type Filter, MAX_QUERY_DOCUMENTS, type Query } from '../../core/documents.ts';
import { DATE_TAG } from './encode-document.ts';

/** A query as SQL. Like Firestore, it compares values of one type only and leaves out what lacks the ordering field. */
export function toSql({ collection, where = [], orderBy, limit }: Query): { sql: string; values: SQLInputValue[] } {
  const conditions = [ofCollection(collection)];
  const values: SQLInputValue[] = [];
  for (const filter of where) {
    const { condition, value } = toCondition(filter);
    conditions.push(condition);
    values.push(value);
  }
  if (orderBy) conditions.push(`json_type(data, ${path(orderBy.field)}) IS NOT NULL`);
  const direction = orderBy?.direction === 'desc' ? 'DESC' : 'ASC';
  const order = orderBy ? `${inOrder(orderBy.field)} ${direction}, ` : '';
  values.push(Math.min(limit ?? MAX_QUERY_DOCUMENTS, MAX_QUERY_DOCUMENTS));
  return {
    sql: `SELECT id, version, data FROM documents WHERE ${conditions.join(' AND ')} ORDER BY ${order}id ${direction} LIMIT ?`,
    values,
  };
}

function toCondition({ field, op, value }: Filter): { condition: string; value: SQLInputValue } {
  const sqlOp = op === '==' ? '=' : op;
  if (value instanceof Date) return { condition: `${at(`${field}.${DATE_TAG}`)} ${sqlOp} ?`, value: value.getTime() };
  if (typeof value === 'boolean') {
    const isBoolean = `json_type(data, ${path(field)}) IN ('true', 'false')`;
    return { condition: `(${isBoolean} AND ${at(field)} ${sqlOp} ?)`, value: value ? 1 : 0 };
  }
  const type = typeof value === 'bigint' ? 'integer' : 'text';
  return { condition: `(${at(field)} ${sqlOp} ? AND json_type(data, ${path(field)}) = '${type}')`, value };
}

function at(field: string): string {
  return `json_extract(data, ${path(field)})`;
}

/** What documents are ordered by: a date by its time. */
function inOrder(field: string): string {
  return `coalesce(${at(`${field}.${DATE_TAG}`)}, ${at(field)})`;
}

/** Field names become part of the SQL, so that indexes on them are used: they are names, never input. */
function path(field: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*(\.\$date)?$/.test(field)) throw new TypeError(`${field} is no field to query by.`);
  return `'$.${field.replace(`.${DATE_TAG}`, `."${DATE_TAG}"`)}'`;
}

/** The same for collections: an index on one of them is used only where its name stands in the SQL. */
function ofCollection(collection: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(collection)) throw new TypeError(`${collection} is no collection.`);
  return `collection = '${collection}'`;
}

/**
 * What grows without end and is queried: its equality, and its order. Everything else is small, and an index would cost every
 * request more than it saves.
 */
export const INDEXES = [
  { collection: 'entries', field: 'owner_id', orderBy: 'created_at' },
  { collection: 'entries', field: 'owner_id', orderBy: 'entry_id' },
  { collection: 'rollups', field: 'owner_id', orderBy: 'place' },
  { collection: 'rollups', field: 'key_id', orderBy: 'place' },
  { collection: 'leases', field: 'owner_id', orderBy: 'lease_id' },
  { collection: 'keys', field: 'owner_id', orderBy: 'key_id' },
  { collection: 'keys', field: 'key_id', orderBy: 'key_id' },
] as const;

export function createIndexes(): string {
  return INDEXES.map(
    ({ collection, field, orderBy }) =>
      `CREATE INDEX IF NOT EXISTS ${collection}_by_${field}_${orderBy} ON documents (${at(field)}, ${inOrder(orderBy)})
       WHERE ${ofCollection(collection)};`,
  ).join('\n');
}
