import { Facts } from '../parts/facts.tsx';
import { Heading } from '../parts/heading.tsx';
import { Money } from '../parts/money.tsx';
import { Problem } from '../parts/problem.tsx';
import { SpendByDay } from '../parts/spend-by-day.tsx';
import { Table } from '../parts/table.tsx';
import { ask } from '../state/api.ts';
import type { Breaker, Rates, Usage, UsageSums } from '../state/replies.ts';
import { useLoad } from '../state/use-load.ts';

const REFRESH_MS = 10_000;
const DAY_MS = 86_400_000;

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
  const breakers = useLoad('breakers', (signal) => ask<Breaker[]>('/v1/breakers', { signal }), live);
  const closed = breakers.data?.filter(({ state }) => state !== 'closed') ?? [];
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
      {rates.data === null ? null : (
        <p class="dim">
          ₹{rates.data.rate} per dollar, of {rates.data.as_of}, from {rates.data.source}
          {rates.data.stale ? <span class="bad"> · too old</span> : null}
        </p>
      )}
      <section>
        <h2>Spend by day</h2>
        {chart === undefined ? null : <SpendByDay usage={chart} />}
        {chart?.data.length === 0 ? <p class="empty">Nothing was spent in 30 days. Make an owner and a key.</p> : null}
      </section>
      <section>
        <h2>Breakers that are not closed</h2>
        <Problem error={breakers.error} retry={breakers.reload} />
        {breakers.data === null ? null : (
          <Table
            label="Breakers that are not closed"
            rows={closed.map((breaker) => ({ ...breaker, id: breaker.endpoint }))}
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
    </>
  );
}

function Card({ title, sums }: { title: string; sums: UsageSums }) {
  const share = (part: number, whole: number) => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`);
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
          ['Errors', share(sums.errors, sums.requests)],
          ['Tokens', sums.total_tokens.toLocaleString('en-US')],
          ['Of the input cached', share(sums.cached_tokens, sums.prompt_tokens)],
        ]}
      />
    </section>
  );
}
