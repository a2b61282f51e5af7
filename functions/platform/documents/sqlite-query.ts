import type { SQLInputValue } from 'node:sqlite';
import { type Filter, MAX_QUERY_DOCUMENTS, type Query } from '../../core/store/documents.ts';
import { DATE_TAG } from './encode-document.ts';
import { columnOf, indexFor } from './sqlite-schema.ts';

/** A query as SQL. Like Firestore, it compares values of one type only and leaves out what lacks the ordering field. */
export function toSql({ collection, where = [], orderBy, limit, without }: Query): {
  sql: string;
  values: SQLInputValue[];
} {
  const conditions = [ofCollection(collection)];
  const values: SQLInputValue[] = [];
  for (const filter of where) {
    const { condition, value } = toCondition(collection, filter);
    conditions.push(condition);
    values.push(value);
  }
  if (orderBy) {
    const { field } = orderBy;
    conditions.push(`${columnOf(collection, field) ?? `json_type(data, ${path(field)})`} IS NOT NULL`);
  }
  const direction = orderBy?.direction === 'desc' ? 'DESC' : 'ASC';
  const order = orderBy ? `${inOrder(collection, orderBy.field)} ${direction}, ` : '';
  values.push(Math.min(limit ?? MAX_QUERY_DOCUMENTS, MAX_QUERY_DOCUMENTS));
  const equal = where.filter(({ op }) => op === '==').map(({ field }) => field);
  const index = orderBy ? indexFor(collection, equal, orderBy.field) : null;
  const from = index === null ? 'documents' : `documents INDEXED BY ${index}`;
  const data = without === undefined ? 'data' : `json_remove(data, ${path(without)}) AS data`;
  return {
    sql: `SELECT id, version, ${data} FROM ${from} WHERE ${conditions.join(' AND ')} ORDER BY ${order}id ${direction} LIMIT ?`,
    values,
  };
}

function toCondition(collection: string, { field, op, value }: Filter): { condition: string; value: SQLInputValue } {
  const sqlOp = op === '==' ? '=' : op;
  const column = columnOf(collection, field);
  if (column !== null) {
    const plain = value instanceof Date ? BigInt(value.getTime()) : typeof value === 'boolean' ? null : value;
    const type = typeof plain === 'string' ? 'text' : 'integer';
    return { condition: `(${column} ${sqlOp} ? AND typeof(${column}) = '${type}')`, value: plain };
  }
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
function inOrder(collection: string, field: string): string {
  return columnOf(collection, field) ?? `coalesce(${at(`${field}.${DATE_TAG}`)}, ${at(field)})`;
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
