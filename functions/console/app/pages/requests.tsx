import { formatMs } from '../format/format-time.ts';
import { Download } from '../parts/download.tsx';
import { Heading } from '../parts/heading.tsx';
import { Money } from '../parts/money.tsx';
import { Pager } from '../parts/pager.tsx';
import { Problem } from '../parts/problem.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { When } from '../parts/when.tsx';
import { ask } from '../state/api.ts';
import type { Page, RequestEvent } from '../state/replies.ts';
import { session } from '../state/session.ts';
import { useLoad } from '../state/use-load.ts';
import { usePlace } from '../state/use-place.ts';
import { RequestSheet } from './request-sheet.tsx';

const PAGE_ROWS = 50;
const REFRESH_MS = 5_000;

/** What can be asked for: the name in the address, the field of the API, and what is said of it. */
const filters = [
  ['owner', 'owner_id', 'Owner', 'own_…'],
  ['key', 'key_id', 'Key', 'key_…'],
  ['id', 'request_id', 'Request or label', 'req_…'],
  ['session', 'session', 'Session', ''],
  ['model', 'model', 'Model', ''],
  ['provider', 'provider', 'Provider', ''],
  ['outcome', 'outcome', 'Outcome', 'failed'],
  ['surface', 'surface', 'Surface', 'chat'],
  ['cost', 'min_cost', 'Least cost, dollars', '0.01'],
  ['from', 'start', 'From (UTC)', '2026-11-28'],
  ['to', 'end', 'To (UTC)', '2026-11-28'],
] as const;

export function Requests() {
  const { query, href, go } = usePlace();
  const isOperator = session.value?.kind === 'operator';
  const asked = Object.fromEntries(
    filters.flatMap(([name, field]) => {
      const value = query.get(name);
      return value === null ? [] : [[field, value]];
    }),
  );
  const cursor = query.get('cursor');
  const body = { ...asked, limit: PAGE_ROWS, ...(cursor === null ? {} : { cursor }) };
  // Of an operator the API wants to hear whose requests are meant: each owner's are an index of their own.
  const isReady = !isOperator || query.get('owner') !== null;
  const { data, error, isLoading, reload } = useLoad(
    isReady ? JSON.stringify(body) : null,
    (signal) => ask<Page<RequestEvent>>('/v1/usage/events', { method: 'POST', body, signal }),
    cursor === null ? { everyMs: REFRESH_MS } : {},
  );
  const open = query.get('open');
  return (
    <>
      <Heading title="Requests">
        {isReady ? <Download path="/v1/usage/events" body={asked} name="requests" /> : null}
      </Heading>
      <div class="filters">
        {filters
          .filter(([name]) => isOperator || name !== 'owner')
          .map(([name, , title, hint], at) => (
            <label key={name}>
              {title}
              <input
                {...(at === 0 ? { 'data-filter': true } : {})}
                type="search"
                placeholder={hint}
                value={query.get(name) ?? ''}
                onChange={(event) => go({ [name]: event.currentTarget.value.trim(), cursor: null })}
              />
            </label>
          ))}
      </div>
      <Problem error={error} retry={reload} />
      {!isReady && <p class="empty">Say whose requests: put an owner’s id above, or come from its sheet.</p>}
      {isReady && data === null && isLoading && <p class="dim">Loading…</p>}
      {data === null ? null : (
        <Table
          label="Requests"
          rows={data.data}
          columns={columnsWith((id) => href({ open: id }))}
          empty={
            <>
              No request is like that in this time (30 days where nothing is said). One is made by the lines of{' '}
              <a href={isOperator ? '/console/keys' : '/console/connect'}>Connect</a>.
            </>
          }
        />
      )}
      <Pager next={data?.next_cursor ?? null} />
      {open !== null && isReady && (
        <RequestSheet
          key={open}
          id={open}
          ownerId={query.get('owner')}
          known={data?.data.find(({ id }) => id === open) ?? null}
          onClose={() => go({ open: null })}
        />
      )}
    </>
  );
}

function columnsWith(link: (id: string) => string): Column<RequestEvent>[] {
  return [
    {
      name: 'When',
      cell: ({ id, created_at }) => (
        <a href={link(id)}>
          <When at={created_at} />
        </a>
      ),
    },
    { name: 'Model', cell: ({ model, requested_model }) => model ?? requested_model ?? '–' },
    { name: 'Provider', cell: ({ provider }) => provider ?? '–' },
    {
      name: 'Outcome',
      cell: ({ outcome, error, attempts }) => (
        <>
          <span class={outcome === 'finished' ? 'good' : 'bad'}>{outcome ?? '–'}</span> {error}
          {attempts > 1 ? <span class="dim"> {attempts} attempts</span> : null}
        </>
      ),
    },
    {
      name: 'Tokens',
      isFigure: true,
      cell: ({ prompt_tokens, completion_tokens, cached_tokens }) => (
        <>
          {prompt_tokens.toLocaleString('en-US')} + {completion_tokens.toLocaleString('en-US')}
          {cached_tokens > 0 ? <span class="dim"> ({cached_tokens.toLocaleString('en-US')} cached)</span> : null}
        </>
      ),
    },
    { name: 'First token', isFigure: true, cell: ({ first_token_ms }) => formatMs(first_token_ms) },
    { name: 'Whole', isFigure: true, cell: ({ total_ms }) => formatMs(total_ms) },
    {
      name: 'Cost',
      isFigure: true,
      cell: ({ cost: { amount, currency } }) => <Money amount={amount} currency={currency} />,
    },
  ];
}
