import { useState } from 'preact/hooks';
import { Filter } from '../parts/filter.tsx';
import { Heading } from '../parts/heading.tsx';
import { Listing } from '../parts/listing.tsx';
import { Money } from '../parts/money.tsx';
import { Problem } from '../parts/problem.tsx';
import { Sheet } from '../parts/sheet.tsx';
import type { Column } from '../parts/table.tsx';
import { useAct } from '../parts/use-act.ts';
import { When } from '../parts/when.tsx';
import { ask } from '../state/api.ts';
import type { Currency, Owner } from '../state/replies.ts';
import { useList } from '../state/use-list.ts';
import { usePlace } from '../state/use-place.ts';
import { OwnerSheet } from './owner-sheet.tsx';

export function Owners() {
  const { query, href, go } = usePlace();
  const list = useList<Owner>('/v1/owners', { q: 'q' });
  const open = query.get('open');
  const show = (id: string) => {
    list.reload();
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
        <Filter name="q" title="Find an owner" hint="how the name begins, or own_…" />
      </div>
      <Listing
        list={list}
        label="Owners"
        columns={columns}
        empty={
          query.get('q') === null
            ? 'There is no owner yet. Make one with “New owner”.'
            : 'No owner’s name begins so, and none has that id.'
        }
      />
      {open === 'new' && <NewOwner onClose={() => go({ open: null })} onMade={show} />}
      {open !== null && open !== 'new' && (
        <OwnerSheet key={open} id={open} onClose={() => go({ open: null, lines: null })} onChanged={list.reload} />
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
