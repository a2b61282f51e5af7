import { formatMs } from '../format/format-time.ts';
import { Heading } from '../parts/heading.tsx';
import { Problem } from '../parts/problem.tsx';
import { Table } from '../parts/table.tsx';
import { useAct } from '../parts/use-act.ts';
import { ask } from '../state/api.ts';
import type { EndpointHealth } from '../state/replies.ts';
import { session } from '../state/session.ts';
import { useLoad } from '../state/use-load.ts';
import { usePlace } from '../state/use-place.ts';

const REFRESH_MS = 5_000;

interface Health {
  region: string;
  endpoints: EndpointHealth[];
}

/** Where each model is served and how that is doing, as this region sees it; an operator closes a breaker. */
export function Models() {
  const { query, go } = usePlace();
  const act = useAct();
  const { data, error, isLoading, reload } = useLoad(
    'health',
    (signal) => ask<Health>('/v1/health/endpoints', { signal }),
    { everyMs: REFRESH_MS },
  );
  const filter = (query.get('q') ?? '').toLowerCase();
  const rows = (data?.endpoints ?? [])
    .filter(({ endpoint, model, provider }) => `${endpoint} ${model} ${provider}`.toLowerCase().includes(filter))
    .map((each) => ({ ...each, id: each.endpoint }));
  const reset = async (endpoint: string) => {
    await ask(`/v1/breakers/${encodeURIComponent(endpoint)}/reset`, { method: 'POST' });
    reload();
  };
  return (
    <>
      <Heading title="Models">{data === null ? null : <span class="dim">seen from {data.region}</span>}</Heading>
      <div class="filters">
        <label>
          Filter
          <input
            data-filter
            type="search"
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
          columns={[
            { name: 'Model', cell: ({ model }) => model },
            {
              name: 'Endpoint',
              cell: ({ provider, region }) => (region === null ? provider : `${provider}, ${region}`),
            },
            {
              name: 'Breaker',
              cell: ({ endpoint, breaker: { state, reason } }) => (
                <>
                  <span class={state === 'closed' ? 'good' : 'bad'}>{state}</span> {reason}{' '}
                  {state !== 'closed' && session.value?.kind === 'operator' ? (
                    <button type="button" disabled={act.isRunning} onClick={() => act.run(() => reset(endpoint))}>
                      Reset
                    </button>
                  ) : null}
                </>
              ),
            },
            { name: 'First token', isFigure: true, cell: ({ first_token_ms }) => formatMs(first_token_ms) },
            { name: 'Tokens a second', isFigure: true, cell: ({ tokens_per_second }) => tokens_per_second },
            { name: 'Errors', isFigure: true, cell: ({ error_rate }) => `${(100 * error_rate).toFixed(1)} %` },
            {
              name: 'Measured',
              isFigure: true,
              cell: ({ samples }) => (samples === 0 ? 'not yet' : `${samples.toFixed(0)} ×`),
            },
          ]}
          empty="No endpoint is like that."
        />
      )}
    </>
  );
}
