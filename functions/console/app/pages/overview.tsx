import { formatShare } from '../format/format-share.ts';
import { formatMs } from '../format/format-time.ts';
import { Facts } from '../parts/facts.tsx';
import { Heading } from '../parts/heading.tsx';
import { Money } from '../parts/money.tsx';
import { Problem } from '../parts/problem.tsx';
import { SpendByDay } from '../parts/spend-by-day.tsx';
import { Table } from '../parts/table.tsx';
import { ask } from '../state/api.ts';
import type { Breaker, Latencies, Owner, Page, Rates, Usage, UsageSums } from '../state/replies.ts';
import { useLoad } from '../state/use-load.ts';

const REFRESH_MS = 10_000;
const DAY_MS = 86_400_000;
/** Owners that are low, of the first page. */
const LOW_ROWS = 50;

const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10);

/** What is spent and what stands against it, for everybody together. */
export function Overview() {
  const today = dayOf(Date.now());
  const usageSince = (start: string, signal: AbortSignal) =>
    ask<Usage>('/v1/usage', { method: 'POST', body: { start, group_by: ['day'] }, signal });
  const live = { everyMs: REFRESH_MS };
  const sums = useLoad(
    `usage ${today}`,
    async (signal) => {
      const starts = [
        today,
        dayOf(Date.now() - 6 * DAY_MS),
        `${today.slice(0, 7)}-01`,
        dayOf(Date.now() - 29 * DAY_MS),
      ];
      return Promise.all(starts.map((start) => usageSince(start, signal)));
    },
    live,
  );
  const rates = useLoad('rates', (signal) => ask<Rates>('/v1/rates', { signal }));
  const [day, week, month, chart] = sums.data ?? [];
  return (
    <>
      <Heading title="Overview" />
      <Problem error={sums.error} retry={sums.reload} />
      <div class="cards">
        {day && <Card title="Today, UTC" sums={day.total} />}
        {week && <Card title="7 days" sums={week.total} />}
        {month && <Card title="This month" sums={month.total} />}
      </div>
      <Problem error={rates.error} retry={rates.reload} />
      {rates.data === null ? null : (
        <p class="dim">
          ₹{rates.data.rate} per dollar, of {rates.data.as_of}, from {rates.data.source}
          {rates.data.stale ? <span class="bad"> · too old</span> : null}. Each charge keeps the rate of its time.
        </p>
      )}
      <section>
        <h2>Spend by day</h2>
        {chart === undefined ? null : <SpendByDay usage={chart} />}
        {chart?.data.length === 0 ? (
          <p class="empty">
            Nothing was spent in 30 days. Make an <a href="/console/owners?open=new">owner</a> and a{' '}
            <a href="/console/keys?open=new">key</a>.
          </p>
        ) : null}
      </section>
      <LowOwners />
      <OpenBreakers />
    </>
  );
}

function LowOwners() {
  const { data, error, reload } = useLoad(
    'low owners',
    (signal) => ask<Page<Owner>>(`/v1/owners/low?limit=${LOW_ROWS}`, { signal }),
    { everyMs: REFRESH_MS },
  );
  return (
    <section>
      <h2>Owners whose money is low</h2>
      <Problem error={error} retry={reload} />
      {data === null ? null : (
        <Table
          label="Owners whose money is low"
          rows={data.data}
          columns={[
            {
              name: 'Owner',
              cell: ({ id, name }) => <a href={`/console/owners?open=${encodeURIComponent(id)}`}>{name}</a>,
            },
            {
              name: 'Available',
              isFigure: true,
              cell: ({ available, currency }) => <Money amount={available} currency={currency} />,
            },
            {
              name: 'Low below',
              isFigure: true,
              cell: ({ low_below, currency }) => <Money amount={low_below} currency={currency} />,
            },
          ]}
          empty="Nobody is under a tenth of the last top-up, or under what was set for it."
        />
      )}
      {data?.next_cursor == null ? null : (
        <p class="dim">These are the last {LOW_ROWS} to become so; there are more.</p>
      )}
    </section>
  );
}

function OpenBreakers() {
  const { data, error, reload } = useLoad('breakers', (signal) => ask<Breaker[]>('/v1/breakers', { signal }), {
    everyMs: REFRESH_MS,
  });
  return (
    <section>
      <h2>Breakers that are not closed</h2>
      <Problem error={error} retry={reload} />
      {data === null ? null : (
        <Table
          label="Breakers that are not closed"
          rows={data.filter(({ state }) => state !== 'closed').map((breaker) => ({ ...breaker, id: breaker.endpoint }))}
          columns={[
            {
              name: 'Endpoint',
              cell: ({ endpoint }) => <a href={`/console/models?q=${encodeURIComponent(endpoint)}`}>{endpoint}</a>,
            },
            { name: 'State', cell: ({ state }) => <span class="bad">{state}</span> },
            { name: 'Why', cell: ({ reason }) => reason ?? '–' },
          ]}
          empty="All endpoints are up."
        />
      )}
    </section>
  );
}

function Card({ title, sums }: { title: string; sums: UsageSums & Latencies }) {
  const ms = (time: number | null) => (time === null ? '–' : `about ${formatMs(time)}`);
  return (
    <section class="card">
      <h2>{title}</h2>
      <p class="big">
        <Money amount={sums.cost_usd} currency="USD" />{' '}
        <span class="dim">
          <Money amount={sums.cost_inr} currency="INR" />
        </span>
      </p>
      <Facts
        of={[
          ['Requests', sums.requests.toLocaleString('en-US')],
          ['Errors', formatShare(sums.errors, sums.requests)],
          ['First token p50', ms(sums.first_token_p50_ms)],
          ['First token p95', ms(sums.first_token_p95_ms)],
          ['Tokens', sums.total_tokens.toLocaleString('en-US')],
          ['Of the input cached', formatShare(sums.cached_tokens, sums.prompt_tokens)],
        ]}
      />
    </section>
  );
}
