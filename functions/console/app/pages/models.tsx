import { perMillion } from '../format/format-price.ts';
import { formatShare } from '../format/format-share.ts';
import { formatMs } from '../format/format-time.ts';
import { Fold } from '../parts/fold.tsx';
import { Heading } from '../parts/heading.tsx';
import { Problem } from '../parts/problem.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { useAct } from '../parts/use-act.ts';
import { ask } from '../state/api.ts';
import type { EndpointHealth } from '../state/replies.ts';
import { session } from '../state/session.ts';
import { useLoad } from '../state/use-load.ts';
import { usePlace } from '../state/use-place.ts';
import { ModelSheet } from './model-sheet.tsx';

const REFRESH_MS = 5_000;

interface Health {
  region: string;
  endpoints: EndpointHealth[];
}

type Row = EndpointHealth & { id: string };

/** What can be asked, for how much, and how each endpoint is doing as this region sees it. */
export function Models() {
  const { query, href, go } = usePlace();
  const act = useAct();
  const isOperator = session.value?.kind === 'operator';
  const { data, error, isLoading, reload } = useLoad(
    'health',
    (signal) => ask<Health>('/v1/health/endpoints', { signal }),
    { everyMs: REFRESH_MS },
  );
  const words = (query.get('q') ?? '').toLowerCase().split(/\s+/);
  const open = query.get('open');
  const endpoints = data?.endpoints ?? [];
  const rows = endpoints
    .filter((each) => {
      const text = `${each.endpoint} ${each.model} ${each.supported_parameters.join(' ')}`.toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .map((each) => ({ ...each, id: each.endpoint + each.model }));
  const reset = async (endpoint: string) => {
    await ask(`/v1/breakers/${encodeURIComponent(endpoint)}/reset`, { method: 'POST' });
    reload();
  };
  return (
    <>
      <Heading title="Models">{data === null ? null : <span class="dim">seen from {data.region}</span>}</Heading>
      <div class="filters">
        <label>
          Model, provider, ability
          <input
            data-filter
            type="search"
            placeholder="anthropic tools"
            value={query.get('q') ?? ''}
            onInput={(event) => go({ q: event.currentTarget.value }, true)}
          />
        </label>
      </div>
      <Problem error={error} retry={reload} />
      <Problem error={act.error} />
      {data === null ? (
        isLoading && <p class="dim">Loading…</p>
      ) : (
        <Table
          label="Endpoints"
          rows={rows}
          columns={columnsWith(
            (model) => href({ open: model }),
            isOperator ? (endpoint) => act.run(() => reset(endpoint)) : null,
          )}
          empty="No endpoint is like that. Providers whose credentials are missing serve nothing: the docs say which they need."
        />
      )}
      {isOperator ? <NotServed link={(model) => href({ open: model })} /> : null}
      {open === null || data === null ? null : (
        <ModelSheet
          key={open}
          id={open}
          endpoints={endpoints.filter(({ model }) => model === open)}
          onClose={() => go({ open: null })}
          onChanged={reload}
        />
      )}
    </>
  );
}

function columnsWith(link: (model: string) => string, reset: ((endpoint: string) => void) | null): Column<Row>[] {
  return [
    { name: 'Model', cell: ({ model }) => <a href={link(model)}>{model}</a> },
    { name: 'Endpoint', cell: ({ provider, region }) => (region === null ? provider : `${provider}, ${region}`) },
    {
      name: '$ a million, in · out',
      isFigure: true,
      cell: ({ pricing }) => `${perMillion(pricing.prompt)} · ${perMillion(pricing.completion)}`,
    },
    { name: 'Context', isFigure: true, cell: ({ context_length }) => context_length.toLocaleString('en-US') },
    {
      name: 'Breaker',
      cell: ({ endpoint, breaker: { state, reason } }) => (
        <>
          <span class={state === 'closed' ? 'good' : 'bad'}>{state}</span> {reason}{' '}
          {state !== 'closed' && reset !== null ? (
            <button type="button" onClick={() => reset(endpoint)}>
              Reset
            </button>
          ) : null}
        </>
      ),
    },
    { name: 'First token', isFigure: true, cell: ({ first_token_ms }) => formatMs(first_token_ms) },
    { name: 'Tokens a second', isFigure: true, cell: ({ tokens_per_second }) => tokens_per_second },
    { name: 'Errors', isFigure: true, cell: ({ error_rate }) => formatShare(error_rate, 1) },
    {
      name: 'Measured',
      isFigure: true,
      cell: ({ samples }) => (samples === 0 ? 'not yet' : `${Math.ceil(samples)} ×`),
    },
  ];
}

interface Named {
  id: string;
  layers: string[];
  served: boolean;
}

/** What the catalogue knows and does not serve: for want of a credential, or because it was taken away. */
function NotServed({ link }: { link: (model: string) => string }) {
  const { data, error, reload } = useLoad('not served', async (signal) => {
    const all = await ask<{ data: Named[] }>('/v1/catalogue/models', { signal });
    return all.data.filter(({ served }) => !served);
  });
  if (data?.length === 0) return null;
  return (
    <section>
      <Problem error={error} retry={reload} />
      {data === null ? null : (
        <Fold title={`${data.length} models of the catalogue are not served`}>
          <Table
            label="Not served"
            rows={data}
            columns={[
              { name: 'Model', cell: ({ id }) => <a href={link(id)}>{id}</a> },
              { name: 'Said of it by', cell: ({ layers }) => layers.join(', ') },
            ]}
            empty=""
          />
        </Fold>
      )}
    </section>
  );
}
