import { factsText } from '../parts/facts-text.ts';
import { Listing } from '../parts/listing.tsx';
import { When } from '../parts/when.tsx';
import type { Alert } from '../state/replies.ts';
import { useList } from '../state/use-list.ts';
import { usePlace } from '../state/use-place.ts';
import { alertRules } from './alert-rules.ts';

/** What was raised, the newest first. */
export function AlertList() {
  const { query, go } = usePlace();
  const list = useList<Alert>('/v1/alerts', { kind: 'kind' }, 'before');
  return (
    <>
      <div class="filters">
        <label>
          Kind
          <select
            data-filter
            value={query.get('kind') ?? ''}
            onChange={(event) => go({ kind: event.currentTarget.value, before: null })}
          >
            <option value="">all</option>
            {Object.keys(alertRules).map((kind) => (
              <option key={kind} value={kind}>
                {kind.replaceAll('_', ' ')}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Listing
        list={list}
        label="Alerts"
        columns={[
          { name: 'When', cell: ({ at }) => <When at={at} /> },
          { name: 'What', cell: ({ kind }) => <strong>{kind.replaceAll('_', ' ')}</strong> },
          { name: 'Of', cell: ({ subject, facts }) => <Subject subject={subject} owner={facts.owner_id} /> },
          { name: 'Facts', cell: ({ facts }) => factsText(facts) },
        ]}
        empty={
          <>
            Nothing was raised. <a href="/console/alerts?show=channels">Channels</a> say where it would be told.
          </>
        }
      />
    </>
  );
}

function Subject({ subject, owner }: { subject: string; owner: unknown }) {
  if (typeof owner !== 'string') return <>{subject}</>;
  return <a href={`/console/owners?open=${encodeURIComponent(owner)}`}>{subject}</a>;
}
