import { formatTime } from '../format/format-time.ts';
import { Download } from '../parts/download.tsx';
import { Facts } from '../parts/facts.tsx';
import { Heading } from '../parts/heading.tsx';
import { Money } from '../parts/money.tsx';
import { Problem } from '../parts/problem.tsx';
import { SpendByDay } from '../parts/spend-by-day.tsx';
import { Table } from '../parts/table.tsx';
import { ask } from '../state/api.ts';
import type { UsageGroup, Usage as UsageReply } from '../state/replies.ts';
import { useLoad } from '../state/use-load.ts';
import { usePlace } from '../state/use-place.ts';

const groups = [
  'day',
  'hour',
  'model',
  'provider',
  'key',
  'session',
  'client',
  'surface',
  'status',
  'end_user',
] as const satisfies readonly UsageGroup[];
/** Groups that lead to their requests, by the filter that these have. */
const filterOf: Partial<Record<UsageGroup, string>> = {
  model: 'model',
  provider: 'provider',
  key: 'key',
  session: 'session',
  client: 'client',
  surface: 'surface',
  status: 'outcome',
};
/** What is named by nobody, in the place of its name. */
const NOBODY = 'none';
const fields = [
  ['from', 'start', 'From (UTC)', '2026-11-28'],
  ['to', 'end', 'To (UTC)', '2026-11-28'],
  ['model', 'model', 'Model', ''],
  ['key', 'key_id', 'Key', 'key_…'],
  ['session', 'session', 'Session', ''],
] as const;

/** What was used, added up, in both currencies. */
export function Usage() {
  const { query, go } = usePlace();
  const group = groups.find((name) => name === query.get('by')) ?? 'day';
  const body = {
    group_by: [group],
    ...Object.fromEntries(
      fields.flatMap(([name, field]) => {
        const value = query.get(name);
        return value === null ? [] : [[field, value]];
      }),
    ),
  };
  const { data, error, isLoading, reload } = useLoad(JSON.stringify(body), (signal) =>
    ask<UsageReply>('/v1/usage', { method: 'POST', body, signal }),
  );
  return (
    <>
      <Heading title="Usage">
        <Download path="/v1/usage" body={body} name={`usage-by-${group}`} />
      </Heading>
      <div class="filters">
        <label>
          By
          <select data-filter value={group} onChange={(event) => go({ by: event.currentTarget.value })}>
            {groups.map((name) => (
              <option key={name} value={name}>
                {name.replace('_', ' ')}
              </option>
            ))}
          </select>
        </label>
        {fields.map(([name, , title, hint]) => (
          <label key={name}>
            {title}
            <input
              type="search"
              placeholder={hint}
              value={query.get(name) ?? ''}
              onChange={(event) => go({ [name]: event.currentTarget.value.trim() })}
            />
          </label>
        ))}
      </div>
      <Problem error={error} retry={reload} />
      {data === null ? (
        isLoading && <p class="dim">Loading…</p>
      ) : (
        <>
          <Sums usage={data} />
          {group === 'day' ? <SpendByDay usage={data} /> : null}
          <Rows usage={data} group={group} />
        </>
      )}
    </>
  );
}

function Sums({ usage: { total } }: { usage: UsageReply }) {
  return (
    <Facts
      of={[
        ['Requests', total.requests.toLocaleString('en-US')],
        ['Errors', total.errors.toLocaleString('en-US')],
        ['Tokens', total.total_tokens.toLocaleString('en-US')],
        ['Dollars', <Money key="u" amount={total.cost_usd} currency="USD" />],
        ['Rupees', <Money key="i" amount={total.cost_inr} currency="INR" />],
      ]}
    />
  );
}

function Rows({ usage: { data, start, truncated }, group }: { usage: UsageReply; group: UsageGroup }) {
  const filter = filterOf[group];
  return (
    <>
      <Table
        label={`Usage by ${group}`}
        rows={data.map((row, at) => ({ ...row, id: `${row[group]} ${at}` }))}
        columns={[
          {
            name: group.replace('_', ' '),
            cell: (row) => {
              const name = row[group] ?? null;
              if (name === null || filter === undefined) return name ?? NOBODY;
              return <a href={`/console/requests?${new URLSearchParams({ [filter]: name })}`}>{name}</a>;
            },
          },
          { name: 'Requests', isFigure: true, cell: (row) => row.requests.toLocaleString('en-US') },
          { name: 'Errors', isFigure: true, cell: (row) => row.errors.toLocaleString('en-US') },
          {
            name: 'Tokens in, cached, out',
            isFigure: true,
            cell: (row) =>
              [row.prompt_tokens, row.cached_tokens, row.completion_tokens]
                .map((tokens) => tokens.toLocaleString('en-US'))
                .join(' · '),
          },
          { name: 'Dollars', isFigure: true, cell: (row) => <Money amount={row.cost_usd} currency="USD" /> },
          { name: 'Rupees', isFigure: true, cell: (row) => <Money amount={row.cost_inr} currency="INR" /> },
        ]}
        empty="Nothing was used in this time (30 days where nothing is said)."
      />
      {truncated ? (
        <p class="dim">There is more than these rows, which are of what was used since {formatTime(start)}.</p>
      ) : null}
    </>
  );
}
