import type { SQLInputValue } from 'node:sqlite';
import { type Filter, MAX_QUERY_DOCUMENTS, type Query } from '../../core/documents.ts';
import { DATE_TAG } from './encode-document.ts';

/** A query as SQL. Like Firestore, it compares values of one type only and leaves out what lacks the ordering field. */
export function toSql({ collection, where = [], orderBy, limit }: Query): { sql: string; values: SQLInputValue[] } {
  const conditions = ['collection = ?'];
  const values: SQLInputValue[] = [collection];
  for (const filter of where) {
    const { condition, value } = toCondition(filter);
    conditions.push(condition);
    values.push(value);
  }
  if (orderBy) conditions.push(`json_type(data, ${path(orderBy.field)}) IS NOT NULL`);
  const direction = orderBy?.direction === 'desc' ? 'DESC' : 'ASC';
  const order = orderBy ? `coalesce(${at(`${orderBy.field}.${DATE_TAG}`)}, ${at(orderBy.field)}) ${direction}, ` : '';
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

/** Field names become part of the SQL, so that indexes on them are used: they are names, never input. */
function path(field: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*(\.\$date)?$/.test(field)) throw new TypeError(`${field} is no field to query by.`);
  return `'$.${field.replace(`.${DATE_TAG}`, `."${DATE_TAG}"`)}'`;
}

/** Fields that queries start from; their indexes are created with the file. */
export const INDEXED_FIELDS = ['owner_id', 'key_id', 'entry_id', 'request_id'] as const;

export function createIndexes(): string {
  const ofField = (field: string) =>
    `CREATE INDEX IF NOT EXISTS documents_by_${field} ON documents (collection, ${at(field)});`;
  return INDEXED_FIELDS.map(ofField).join('\n');
}
