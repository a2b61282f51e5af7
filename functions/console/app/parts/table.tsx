import type { ComponentChildren } from 'preact';

export interface Column<Row> {
  name: string;
  /** Figures stand at the right. */
  isFigure?: boolean;
  cell(row: Row): ComponentChildren;
}

interface TableProps<Row extends { id: string }> {
  label: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  /** What is said where there are no rows: and the next thing to do. */
  empty: ComponentChildren;
}

/** Rows of a page; on a narrow screen each is a card. The links in the first column are what `j` and `k` go through. */
export function Table<Row extends { id: string }>({ label, rows, columns, empty }: TableProps<Row>) {
  if (rows.length === 0) return <div class="empty">{empty}</div>;
  return (
    <table>
      <caption class="unseen">{label}</caption>
      <thead>
        <tr>
          {columns.map(({ name, isFigure }) => (
            <th key={name} scope="col" class={isFigure ? 'figure' : undefined}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id} data-id={row.id}>
            {columns.map(({ name, isFigure, cell }) => (
              <td key={name} data-name={name} class={isFigure ? 'figure' : undefined}>
                <div class="cell">{cell(row)}</div>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
