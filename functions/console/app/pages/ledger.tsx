import { useRef } from 'preact/hooks';
import { formatExactly, toDecimal, toNanos } from '../format/format-money.ts';
import { Download } from '../parts/download.tsx';
import { Pager } from '../parts/pager.tsx';
import { Problem } from '../parts/problem.tsx';
import { Table } from '../parts/table.tsx';
import { When } from '../parts/when.tsx';
import { ask } from '../state/api.ts';
import type { Entry, Owner, Page } from '../state/replies.ts';
import { useLoad } from '../state/use-load.ts';
import { usePlace } from '../state/use-place.ts';

const PAGE_ROWS = 25;
/** Of the address: which page of it. */
const FIELD = 'lines';

interface Line extends Entry {
  /** The balance after it; null where it cannot be told. */
  after: string | null;
}

/** Lines of the ledger, the newest first, to the last digit. */
export function Ledger({ owner }: { owner: Owner }) {
  const cursor = usePlace().query.get(FIELD);
  // The balance before the first line of each page that was reached from the first one: lines that come meanwhile move none.
  const balances = useRef(new Map<string, string>());
  const path = `/v1/owners/${encodeURIComponent(owner.id)}`;
  const file = `${path}/entries`;
  const entries = `${file}?limit=${PAGE_ROWS}${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
  const { data, error, reload } = useLoad(`${entries} ${owner.balance}`, async (signal) => {
    const page = await ask<Page<Entry>>(entries, { signal });
    const lines = withBalances(
      page.data,
      cursor === null ? await balanceNow() : (balances.current.get(cursor) ?? null),
    );
    if (page.next_cursor !== null && lines.before !== null) balances.current.set(page.next_cursor, lines.before);
    return { ...page, lines: lines.data };

    // Where money moved while we read, lines and balance are not of one moment: then nothing is said.
    async function balanceNow(): Promise<string | null> {
      const { balance } = await ask<Owner>(path, { signal });
      return balance === owner.balance ? balance : null;
    }
  });
  return (
    <section>
      <div class="heading">
        <h3>Ledger</h3>
        <Download path={file} name={`ledger-${owner.id}`} />
      </div>
      <Problem error={error} retry={reload} />
      {data === null ? null : (
        <>
          <Table
            label="Ledger"
            rows={data.lines}
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
          <Pager next={data.next_cursor} field={FIELD} />
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

/** Lines with the balance after each, and that before the last of them. */
function withBalances(entries: readonly Entry[], balance: string | null): { data: Line[]; before: string | null } {
  let after = balance === null ? null : toNanos(balance);
  const data = entries.map((entry) => {
    const line = { ...entry, after: after === null ? null : toDecimal(after) };
    const change = changeOf(entry);
    after = after === null || change === null ? null : after - change;
    return line;
  });
  return { data, before: after === null ? null : toDecimal(after) };
}
