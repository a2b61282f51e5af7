import type { Context } from '../terminal/context.ts';
import { callRouter } from './call-router.ts';
import type { Connection } from './connection.ts';

const PAGE = 200;

/** All rows of a list, page after page. */
export async function readPages<Row>(
  context: Context,
  connection: Connection,
  path: string,
  as: 'key' | 'admin' = 'admin',
): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ limit: String(PAGE), ...(cursor === null ? {} : { cursor }) });
    const at = `${path}${path.includes('?') ? '&' : '?'}${query}`;
    const page: { data: Row[]; next_cursor: string | null } = await callRouter(context, connection, {
      path: at,
      as,
    });
    rows.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return rows;
}
