import { Chart } from '../parts/chart.tsx';
import { Problem } from '../parts/problem.tsx';
import { ask } from '../state/api.ts';
import type { Usage } from '../state/replies.ts';
import { useLoad } from '../state/use-load.ts';

const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;
/** Up to so many days bars are hours. */
const MAX_DAYS_BY_HOUR = 4;
/** What the router answers with where no time is named. */
const DEFAULT_DAYS = 30;

/** What rollups know of requests, and so can be counted however many there are. */
export type CountedFilters = Partial<Record<'owner_id' | 'key_id' | 'model' | 'provider' | 'start' | 'end', string>>;

interface RequestHistogramProps {
  filters: CountedFilters;
  /** Whether the list below is of less than these. */
  isRefined: boolean;
  /** Hears of a time that was dragged over: times of the API. */
  onSelect: (start: string, end: string) => void;
}

/** How many requests there were, and how many of them failed, by day or by hour. A time is dragged over to see its requests. */
export function RequestHistogram({ filters, isRefined, onSelect }: RequestHistogramProps) {
  const grain = isShort(filters) ? 'hour' : 'day';
  const stepS = grain === 'hour' ? HOUR_S : DAY_S;
  const body = { ...filters, group_by: [grain] };
  const { data, error, reload } = useLoad(JSON.stringify(body), (signal) =>
    ask<Usage>('/v1/usage', { method: 'POST', body, signal }),
  );
  if (data === null) {
    // Its place is kept, so that the list below does not jump.
    return error === null ? <div class="histogram" /> : <Problem error={error} retry={reload} />;
  }
  if (data.total.requests === 0) return null;
  const { times, requests, errors } = toBars(data, grain, stepS);
  const toTime = (seconds: number) => new Date(seconds * 1000).toISOString();
  // A bar is centred on its time; one that was touched is taken whole, and beyond the last there is none.
  const last = times.at(-1) ?? 0;
  const select = (from: number, to: number) =>
    onSelect(
      toTime(Math.min(last, Math.round(from / stepS) * stepS)),
      toTime(Math.min(last, Math.round(to / stepS) * stepS) + stepS),
    );
  return (
    <figure class="histogram">
      <Chart
        label={`Requests by ${grain}: ${data.total.requests.toLocaleString('en-US')}, of which ${data.total.errors.toLocaleString('en-US')} failed`}
        times={times}
        values={requests}
        bad={errors}
        stepS={stepS}
        format={(value) => (Number.isInteger(value) ? value.toLocaleString('en-US') : '')}
        onSelect={select}
      />
      <figcaption class="dim">
        {data.total.requests.toLocaleString('en-US')} requests by {grain} (UTC),{' '}
        <span class="bad">{data.total.errors.toLocaleString('en-US')} failed</span>
        {isRefined ? '; these are counted by owner, key, model and provider alone' : ''}. Drag to choose a time.
      </figcaption>
    </figure>
  );
}

function isShort({ start, end }: CountedFilters): boolean {
  const to = end === undefined ? Date.now() : Date.parse(end);
  const from = start === undefined ? to - DEFAULT_DAYS * DAY_S * 1000 : Date.parse(start);
  return to - from <= MAX_DAYS_BY_HOUR * DAY_S * 1000;
}

/** One bar for each step of the time, those without anything too. Money of two currencies has rows of its own. */
function toBars({ start, end, data }: Usage, grain: 'hour' | 'day', stepS: number) {
  const first = Math.floor(Date.parse(start) / 1000 / stepS) * stepS;
  const count = Math.max(1, Math.ceil((Date.parse(end) / 1000 - first) / stepS));
  const times = Array.from({ length: count }, (_, at) => first + at * stepS);
  const requests = times.map(() => 0);
  const errors = times.map(() => 0);
  for (const row of data) {
    const at = (Date.parse(row[grain] ?? '') / 1000 - first) / stepS;
    if (requests[at] === undefined) continue;
    requests[at] += row.requests;
    errors[at] = (errors[at] ?? 0) + row.errors;
  }
  return { times, requests, errors };
}
