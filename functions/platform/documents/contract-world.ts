import { randomUUID } from 'node:crypto';
import type { Documents, Fields, Write } from '../../core/store/documents.ts';

/** The store that a contract is held against, with a collection of its own for each test. */
export class ContractWorld {
  documents!: Documents;
  collection = '';

  /** A collection that nobody has used. */
  fresh(): string {
    this.collection = `t${randomUUID().replaceAll('-', '')}`;
    return this.collection;
  }

  async dataOf(id: string): Promise<Fields | null> {
    return (await this.documents.get(this.collection, id))?.data ?? null;
  }
}

export const set = (
  collection: string,
  id: string,
  data: Fields,
  expect: Extract<Write, { kind: 'set' }>['expect'] = 'any',
): Write => ({
  kind: 'set',
  collection,
  id,
  data,
  expect,
});
