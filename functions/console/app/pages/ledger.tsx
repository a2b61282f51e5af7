import { useState } from 'preact/hooks';
import { formatExactly, toDecimal, toNanos } from '../format/format-money.ts';
import { Problem } from '../parts/problem.tsx';
import { Table } from '../parts/table.tsx';
import { When } from '../parts/when.tsx';
import { ask } from '../state/api.ts';
import type { Entry, Owner, Page } from '../state/replies.ts';
import { useLoad } from '../state/use-load.ts';

const PAGE_ROWS = 25;

interface Line extends Entry {
  /** The balance after it; null where it cannot be told. */
  after: string | null;
}

/** Lines of the ledger, the newest first, to the last digit. */
export function Ledger({ owner }: { owner: Owner }) {
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const cursor = cursors.at(-1);
  const path = `/v1/owners/${encodeURIComponent(owner.id)}`;
  const entries = `${path}/entries?limit=${PAGE_ROWS}${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
  const { data, error, reload } = useLoad(`${entries} ${owner.balance}`, async (signal) => {
    const page = await ask<Page<Entry>>(entries, { signal });
    const now = cursor === undefined ? await ask<Owner>(path, { signal }) : null;
    // Where money moved while we read, lines and balance are not of one moment: then nothing is said.
    return { ...page, balance: now?.balance === owner.balance ? owner.balance : null };
  });
  return (
    <section>
      <h3>Ledger</h3>
      <Problem error={error} retry={reload} />
      {data === null ? null : (
        <>
          <Table
            label="Ledger"
            rows={withBalances(data.data, data.balance)}
            columns={[
              { name: 'When', cell: ({ created_at }) => <When at={created_at} /> },
              { name: 'What', cell: ({ kind }) => kind },
              { name: 'Amount', isFigure: true, cell: (line) => signed(line) },
              {
                name: 'Balance after',
                isFigure: true,
                cell: ({ after, currency }) => (after === null ? '–' : formatExactly(after, currency)),
              },
              {
                name: 'Of',
                cell: ({ request_id, reason, reference }) => (
                  <>
                    {request_id === null ? null : (
                      <a href={`/console/requests?owner=${owner.id}&open=${encodeURIComponent(request_id)}`}>
                        {request_id}
                      </a>
                    )}{' '}
                    {reason} {request_id === null ? reference : null}
                  </>
                ),
              },
            ]}
            empty="Nothing yet. A top-up is the first line."
          />
          <p class="pager">
            {cursors.length === 0 ? null : (
              <button type="button" onClick={() => setCursors(cursors.slice(0, -1))}>
                Newer
              </button>
            )}
            {data.next_cursor === null ? null : (
              <button type="button" onClick={() => setCursors([...cursors, data.next_cursor ?? ''])}>
                Older
              </button>
            )}
          </p>
        </>
      )}
    </section>
  );
}

/** A charge and what was beyond its hold take; all else gives, or says its own sign. */
function changeOf({ kind, amount }: Entry): bigint | null {
  const nanos = toNanos(amount);
  if (nanos === null) return null;
  return kind === 'charge' || kind === 'overage' ? -nanos : nanos;
}

function signed(line: Entry): string {
  const change = changeOf(line);
  if (change === null) return line.amount;
  return `${change > 0n ? '+' : ''}${formatExactly(toDecimal(change), line.currency)}`;
}

function withBalances(entries: readonly Entry[], balance: string | null): Line[] {
  let after = balance === null ? null : toNanos(balance);
  return entries.map((entry) => {
    const line = { ...entry, after: after === null ? null : toDecimal(after) };
    const change = changeOf(entry);
    after = after === null || change === null ? null : after - change;
    return line;
  });
}
