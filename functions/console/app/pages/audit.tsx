import { Download } from '../parts/download.tsx';
import { Heading } from '../parts/heading.tsx';
import { Pager } from '../parts/pager.tsx';
import { Problem } from '../parts/problem.tsx';
import { Table } from '../parts/table.tsx';
import { When } from '../parts/when.tsx';
import { ask } from '../state/api.ts';
import { useLoad } from '../state/use-load.ts';
import { usePlace } from '../state/use-place.ts';

interface Act {
  id: string;
  act: string;
  at: string;
  actor: string | null;
  request_id: string;
  about: Record<string, unknown>;
}

/** Who did what to what, the newest first. */
export function Audit() {
  const { query, go } = usePlace();
  const asked = new URLSearchParams();
  const [owner, before] = [query.get('owner'), query.get('before')];
  if (owner !== null) asked.set('owner_id', owner);
  if (before !== null) asked.set('before', before);
  const path = `/v1/audit-logs?${asked}`;
  const { data, error, isLoading, reload } = useLoad(path, (signal) =>
    ask<{ data: Act[]; next_before: string | null }>(path, { signal }),
  );
  return (
    <>
      <Heading title="Audit">
        <Download path={path} name="audit" />
      </Heading>
      <div class="filters">
        <label>
          Owner
          <input
            data-filter
            type="search"
            placeholder="own_…"
            value={owner ?? ''}
            onChange={(event) => go({ owner: event.currentTarget.value.trim(), before: null })}
          />
        </label>
      </div>
      <Problem error={error} retry={reload} />
      {data === null ? (
        isLoading && <p class="dim">Loading…</p>
      ) : (
        <Table
          label="Acts"
          rows={data.data}
          columns={[
            { name: 'When', cell: ({ at }) => <When at={at} /> },
            { name: 'Act', cell: ({ act }) => act },
            { name: 'By', cell: ({ actor }) => actor ?? '–' },
            {
              name: 'About',
              cell: ({ about }) =>
                Object.entries(about)
                  .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
                  .join(', '),
            },
            { name: 'Request', cell: ({ request_id }) => <code>{request_id}</code> },
          ]}
          empty="Nobody has done anything yet."
        />
      )}
      <Pager next={data?.next_before ?? null} field="before" />
    </>
  );
}
