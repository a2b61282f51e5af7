import { Facts } from '../parts/facts.tsx';
import { Money } from '../parts/money.tsx';
import { Problem } from '../parts/problem.tsx';
import { Table } from '../parts/table.tsx';
import { When } from '../parts/when.tsx';
import { ask } from '../state/api.ts';
import type { SessionUsage } from '../state/replies.ts';
import { useLoad } from '../state/use-load.ts';

/** What a conversation has used in all, above its requests. `ownerId`: null with a developer's key. */
export function SessionCard({ id, ownerId }: { id: string; ownerId: string | null }) {
  const of = ownerId === null ? '' : `?owner_id=${encodeURIComponent(ownerId)}`;
  const path = `/v1/sessions/${encodeURIComponent(id)}${of}`;
  const { data, error, reload } = useLoad(path, (signal) => ask<SessionUsage>(path, { signal }));
  if (data === null) return <Problem error={error} retry={reload} />;
  const { first_at, last_at, requests, errors, cache_share, clients, models, truncated } = data;
  return (
    <section class="card session" aria-label="Session">
      <h2>Session {data.id}</h2>
      <Facts
        of={[
          ['First', <When key="f" at={first_at} />],
          ['Last', <When key="l" at={last_at} />],
          ['Requests', `${requests.toLocaleString('en-US')}${errors > 0 ? `, ${errors} failed` : ''}`],
          ['Dollars', <Money key="u" amount={data.cost_usd} currency="USD" />],
          ['Rupees', <Money key="i" amount={data.cost_inr} currency="INR" />],
          ['From a cache', cache_share === null ? '–' : `${(100 * cache_share).toFixed(1)} % of the input`],
          ['Clients', clients.join(', ') || '–'],
        ]}
      />
      <Table
        label="Models of the session"
        rows={models.map((row) => ({ ...row, id: `${row.model} ${row.provider}` }))}
        columns={[
          { name: 'Model', cell: ({ model }) => model },
          { name: 'Provider', cell: ({ provider }) => provider },
          { name: 'Requests', isFigure: true, cell: (row) => row.requests.toLocaleString('en-US') },
          { name: 'Tokens', isFigure: true, cell: (row) => row.total_tokens.toLocaleString('en-US') },
          { name: 'Dollars', isFigure: true, cell: (row) => <Money amount={row.cost_usd} currency="USD" /> },
        ]}
        empty="None."
      />
      {truncated ? <p class="dim">It has more requests than are added up: these are the newest.</p> : null}
    </section>
  );
}
