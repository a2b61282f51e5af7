import { useRef } from 'preact/hooks';
import { formatMs, formatTime } from '../format/format-time.ts';
import { Download } from '../parts/download.tsx';
import { Heading } from '../parts/heading.tsx';
import { Money } from '../parts/money.tsx';
import { Pager } from '../parts/pager.tsx';
import { Problem } from '../parts/problem.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { When } from '../parts/when.tsx';
import { ask } from '../state/api.ts';
import type { RequestEvent, RequestPage } from '../state/replies.ts';
import { session } from '../state/session.ts';
import { useLoad } from '../state/use-load.ts';
import { usePlace } from '../state/use-place.ts';
import { askedOf, RequestFilters, refining } from './request-filters.tsx';
import { RequestHistogram } from './request-histogram.tsx';
import { RequestSheet } from './request-sheet.tsx';
import { SessionCard } from './session-card.tsx';

const PAGE_ROWS = 50;
const REFRESH_MS = 5_000;

export function Requests() {
  const { query, href, go } = usePlace();
  const isOperator = session.value?.kind === 'operator';
  const asked = askedOf(query);
  const { owner_id, key_id, model, provider, start, end } = asked;
  // Of an operator the API wants to hear whose requests are meant: each owner's are an index of their own.
  const isReady = !isOperator || [owner_id, key_id, asked.request_id].some((each) => each !== undefined);
  const isRefined = refining.some(({ field }) => asked[field] !== undefined);
  const cursor = query.get('cursor');
  const question = new URLSearchParams({ ...asked, limit: String(PAGE_ROWS), ...(cursor === null ? {} : { cursor }) });
  const path = `/v1/usage/events?${question}`;
  // What is looked for row by row is not looked for again and again.
  const isLive = cursor === null && !isRefined;
  const { data, error, isLoading, reload } = useLoad(
    isReady ? path : null,
    (signal) => ask<RequestPage>(path, { signal }),
    isLive ? { everyMs: REFRESH_MS } : {},
  );
  // What is listed comes first: to count a million requests takes longer than to list fifty.
  const isListed = useRef(false);
  isListed.current ||= data !== null;
  const counted = { owner_id, key_id, model, provider, start, end };
  const hasCount = asked.session === undefined && asked.request_id === undefined;
  const open = query.get('open');
  const ownerId = owner_id ?? (isOperator ? (data?.data[0]?.owner_id ?? null) : null);
  return (
    <>
      <Heading title="Requests">
        {start === undefined && end === undefined ? null : (
          <a class="button" href={href({ from: null, to: null, cursor: null })}>
            All times
          </a>
        )}
        {isReady ? <Download path="/v1/usage/events" body={asked} name="requests" /> : null}
      </Heading>
      <RequestFilters hasOwner={isOperator} />
      <Problem error={error} retry={reload} />
      {!isReady && (
        <p class="empty">
          Say whose requests: put an owner, a key or a request above, or come from the sheet of an{' '}
          <a href="/console/owners">owner</a>.
        </p>
      )}
      {isReady && hasCount && isListed.current && (
        <RequestHistogram
          filters={counted}
          isRefined={refining.some(({ name }) => name !== 'model' && name !== 'provider' && query.get(name) !== null)}
          onSelect={(from, to) => go({ from, to, cursor: null })}
        />
      )}
      {asked.session !== undefined && (!isOperator || ownerId !== null) && (
        <SessionCard id={asked.session} ownerId={ownerId} />
      )}
      {isReady && data === null && isLoading && <p class="dim">Loading…</p>}
      {data === null ? null : (
        <>
          {isRefined ? <LookedAt page={data} /> : null}
          <Table
            label="Requests"
            rows={data.data}
            columns={columnsWith((id) => href({ open: id }))}
            empty={
              data.scanned_to === null ? (
                <Nobody isOperator={isOperator} />
              ) : (
                'None among these. Older ones are on the next page.'
              )
            }
          />
        </>
      )}
      <Pager next={data?.next_cursor ?? null} />
      {open !== null && (
        <RequestSheet
          key={open}
          id={open}
          known={data?.data.find(({ id }) => id === open) ?? null}
          onClose={() => go({ open: null })}
        />
      )}
    </>
  );
}

function Nobody({ isOperator }: { isOperator: boolean }) {
  return (
    <>
      No request is like that in this time (30 days where nothing is said). One is made by the lines of{' '}
      <a href={isOperator ? '/console/keys' : '/console/connect'}>Connect</a>.
    </>
  );
}

/** What is no index is looked for among so many requests: this says among how many, and up to when. */
function LookedAt({ page: { scanned, scanned_to } }: { page: RequestPage }) {
  const looked = `${scanned.toLocaleString('en-US')} request${scanned === 1 ? '' : 's'} looked at`;
  return (
    <p class="dim" role="note">
      {scanned_to === null
        ? `${looked}: all there are.`
        : `${looked}, back to ${formatTime(scanned_to)}: the next page goes on from there.`}
    </p>
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
