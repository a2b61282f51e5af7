import { ask } from './api.ts';
import { type Loaded, useLoad } from './use-load.ts';
import { usePlace } from './use-place.ts';

const PAGE_ROWS = '50';

interface Reply<Row> {
  data: Row[];
  next_cursor?: string | null;
  next_before?: string | null;
}

export interface List<Row> extends Pick<Loaded<unknown>, 'error' | 'isLoading' | 'reload'> {
  /** Null before they came. */
  rows: readonly Row[] | null;
  /** What the page that follows is asked for with, in the field `page` of the address. */
  next: string | null;
  page: 'cursor' | 'before';
  /** The same list from the start, for a file. */
  file: string;
}

/**
 * A page of a list of the API, as the address of the console asks for it: the one way of all lists. `fields`: names in that
 * address, and what the API calls them. `page`: whether the list goes on by a cursor or by a time.
 */
export function useList<Row>(
  path: string,
  fields: Readonly<Record<string, string>> = {},
  page: 'cursor' | 'before' = 'cursor',
): List<Row> {
  const { query } = usePlace();
  const asked = new URLSearchParams();
  for (const [name, field] of Object.entries(fields)) {
    const value = query.get(name);
    if (value !== null) asked.set(field, value);
  }
  const file = `${path}?${asked}`;
  asked.set('limit', PAGE_ROWS);
  const at = query.get(page);
  if (at !== null) asked.set(page, at);
  const address = `${path}?${asked}`;
  const { data, error, isLoading, reload } = useLoad(address, (signal) => ask<Reply<Row>>(address, { signal }));
  const next = data?.next_cursor ?? data?.next_before ?? null;
  return { rows: data?.data ?? null, next, page, file, error, isLoading, reload };
}
