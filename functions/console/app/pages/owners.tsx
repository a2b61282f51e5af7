import { useState } from 'preact/hooks';
import { Heading } from '../parts/heading.tsx';
import { Money } from '../parts/money.tsx';
import { Pager } from '../parts/pager.tsx';
import { Problem } from '../parts/problem.tsx';
import { Sheet } from '../parts/sheet.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { useAct } from '../parts/use-act.ts';
import { When } from '../parts/when.tsx';
import { ask } from '../state/api.ts';
import type { Currency, Owner, Page } from '../state/replies.ts';
import { useLoad } from '../state/use-load.ts';
import { usePlace } from '../state/use-place.ts';
import { OwnerSheet } from './owner-sheet.tsx';

const PAGE_ROWS = '50';

export function Owners() {
  const { query, href, go } = usePlace();
  const asked = new URLSearchParams({ limit: PAGE_ROWS });
  const cursor = query.get('cursor');
  if (cursor !== null) asked.set('cursor', cursor);
  const path = `/v1/owners?${asked}`;
  const { data, error, isLoading, reload } = useLoad(path, (signal) => ask<Page<Owner>>(path, { signal }));
  const filter = query.get('q') ?? '';
  const rows = (data?.data ?? []).filter(({ id, name = '' }) =>
    `${id} ${name}`.toLowerCase().includes(filter.toLowerCase()),
  );
  const open = query.get('open');
  const show = (id: string) => {
    reload();
    go({ open: id }, true);
  };
  const columns: Column<Owner>[] = [
    { name: 'Name', cell: ({ id, name }) => <a href={href({ open: id })}>{name ?? id}</a> },
    ...(['balance', 'reserved', 'available'] as const).map((field) => ({
      name: { balance: 'Balance', reserved: 'Held', available: 'Available' }[field],
      isFigure: true,
      cell: (owner: Owner) =>
        owner.damaged ? <span class="bad">damaged</span> : <Money amount={owner[field]} currency={owner.currency} />,
    })),
    { name: 'Since', cell: ({ created_at }) => <When at={created_at ?? null} /> },
    { name: 'Id', cell: ({ id }) => <code>{id}</code> },
  ];
  return (
    <>
      <Heading title="Owners">
        <a class="button" href={href({ open: 'new' })}>
          New owner
        </a>
      </Heading>
      <div class="filters">
        <label>
          Filter this page
          <input
            data-filter
            type="search"
            value={filter}
            onInput={(event) => go({ q: event.currentTarget.value }, true)}
          />
        </label>
      </div>
      <Problem error={error} retry={reload} />
      {data === null ? (
        isLoading && <p class="dim">Loading…</p>
      ) : (
        <Table
          label="Owners"
          rows={rows}
          columns={columns}
          empty={
            filter === '' ? 'There is no owner yet. Make one with “New owner”.' : 'No owner on this page is like that.'
          }
        />
      )}
      <Pager next={data?.next_cursor ?? null} />
      {open === 'new' && <NewOwner onClose={() => go({ open: null })} onMade={show} />}
      {open !== null && open !== 'new' && (
        <OwnerSheet key={open} id={open} onClose={() => go({ open: null })} onChanged={reload} />
      )}
    </>
  );
}

function NewOwner({ onClose, onMade }: { onClose: () => void; onMade: (id: string) => void }) {
  const [name, setName] = useState('');
  const [currency, setCurrency] = useState<Currency>('INR');
  const { run, isRunning, error } = useAct();
  const make = async () => {
    const { id } = await ask<Owner>('/v1/owners', { method: 'POST', body: { name, currency } });
    onMade(id);
  };
  return (
    <Sheet title="New owner" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          run(make);
        }}
      >
        <label>
          Name
          <input required maxLength={256} value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <label>
          Currency
          <select value={currency} onChange={(event) => setCurrency(event.currentTarget.value as Currency)}>
            <option value="INR">Rupees (INR)</option>
            <option value="USD">Dollars (USD)</option>
          </select>
        </label>
        <p class="dim">The currency of an owner stays what it is.</p>
        <button type="submit" class="main" disabled={isRunning}>
          Make owner
        </button>
        <Problem error={error} />
      </form>
    </Sheet>
  );
}
