import type { ComponentChildren } from 'preact';
import type { List } from '../state/use-list.ts';
import { Pager } from './pager.tsx';
import { Problem } from './problem.tsx';
import { type Column, Table } from './table.tsx';

interface ListingProps<Row extends { id: string }> {
  list: List<Row>;
  label: string;
  columns: readonly Column<Row>[];
  empty: ComponentChildren;
}

/** A page of a list, with the way to the next. */
export function Listing<Row extends { id: string }>({ list, label, columns, empty }: ListingProps<Row>) {
  const { rows, next, page, error, isLoading, reload } = list;
  return (
    <>
      <Problem error={error} retry={reload} />
      {rows === null ? (
        isLoading && <p class="dim">Loading…</p>
      ) : (
        <Table label={label} rows={rows} columns={columns} empty={empty} />
      )}
      <Pager next={next} field={page} />
    </>
  );
}
