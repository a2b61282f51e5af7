import { Filter } from '../parts/filter.tsx';
import { usePlace } from '../state/use-place.ts';

/** What can be asked for: the name in the address, the field of the API, and what is said of it. */
interface Asked {
  name: string;
  field: string;
  title: string;
  hint: string;
}

/** Found by an index, however many requests there are. */
export const indexed: readonly Asked[] = [
  { name: 'owner', field: 'owner_id', title: 'Owner', hint: 'own_…' },
  { name: 'key', field: 'key_id', title: 'Key', hint: 'key_…' },
  { name: 'session', field: 'session', title: 'Session', hint: '' },
  { name: 'id', field: 'request_id', title: 'Request or label', hint: 'req_…' },
  { name: 'from', field: 'start', title: 'From (UTC)', hint: '2026-11-28' },
  { name: 'to', field: 'end', title: 'To (UTC)', hint: '2026-11-28' },
];
/** Looked for request by request, in so many at most. */
export const refining: readonly Asked[] = [
  { name: 'model', field: 'model', title: 'Model', hint: '' },
  { name: 'provider', field: 'provider', title: 'Provider', hint: '' },
  { name: 'outcome', field: 'outcome', title: 'Status', hint: 'failed' },
  { name: 'surface', field: 'surface', title: 'Surface', hint: 'chat' },
  { name: 'client', field: 'client', title: 'Client', hint: 'codex' },
  { name: 'cost', field: 'min_cost', title: 'Least cost, dollars', hint: '0.01' },
];

/** What of an address is asked of the API. */
export function askedOf(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries(
    [...indexed, ...refining].flatMap(({ name, field }) => {
      const value = query.get(name);
      return value === null ? [] : [[field, value]];
    }),
  );
}

export function RequestFilters({ hasOwner }: { hasOwner: boolean }) {
  const { query } = usePlace();
  const inputs = (filters: readonly Asked[]) =>
    filters.map(({ name, title, hint }) => <Filter key={name} name={name} title={title} hint={hint} />);
  const isRefined = refining.some(({ name }) => query.get(name) !== null);
  return (
    <>
      <div class="filters tight">{inputs(indexed.filter(({ name }) => hasOwner || name !== 'owner'))}</div>
      <details class="refine" open={isRefined}>
        <summary>Refine</summary>
        <div class="filters tight">{inputs(refining)}</div>
      </details>
    </>
  );
}
