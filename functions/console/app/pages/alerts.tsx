import { Heading } from '../parts/heading.tsx';
import { Pager } from '../parts/pager.tsx';
import { Problem } from '../parts/problem.tsx';
import { Table } from '../parts/table.tsx';
import { When } from '../parts/when.tsx';
import { ask } from '../state/api.ts';
import type { Alert } from '../state/replies.ts';
import { useLoad } from '../state/use-load.ts';
import { usePlace } from '../state/use-place.ts';
import { Channels } from './channels.tsx';

/** The API's page. */
const PAGE_ROWS = 100;

/** What an operator should hear of, the newest first, and where it is told. */
export function Alerts() {
  const { query } = usePlace();
  const before = query.get('before');
  const path = `/v1/alerts${before === null ? '' : `?before=${encodeURIComponent(before)}`}`;
  const { data, error, isLoading, reload } = useLoad(path, (signal) => ask<{ data: Alert[] }>(path, { signal }));
  const rows = data?.data ?? [];
  return (
    <>
      <Heading title="Alerts" />
      <Problem error={error} retry={reload} />
      {data === null ? (
        isLoading && <p class="dim">Loading…</p>
      ) : (
        <Table
          label="Alerts"
          rows={rows}
          columns={[
            { name: 'When', cell: ({ at }) => <When at={at} /> },
            { name: 'What', cell: ({ kind }) => <strong>{kind.replaceAll('_', ' ')}</strong> },
            { name: 'Of', cell: ({ subject }) => subject },
            {
              name: 'Facts',
              cell: ({ facts }) =>
                Object.entries(facts)
                  .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
                  .join(', '),
            },
          ]}
          empty="Nothing was raised. Channels below say where it would be told."
        />
      )}
      <Pager next={rows.length < PAGE_ROWS ? null : (rows.at(-1)?.at ?? null)} field="before" />
      <Channels />
    </>
  );
}
