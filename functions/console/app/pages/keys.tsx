import { useState } from 'preact/hooks';
import { Heading } from '../parts/heading.tsx';
import { Pager } from '../parts/pager.tsx';
import { Problem } from '../parts/problem.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { When } from '../parts/when.tsx';
import { ask } from '../state/api.ts';
import type { Key, NewKey, Page } from '../state/replies.ts';
import { useLoad } from '../state/use-load.ts';
import { usePlace } from '../state/use-place.ts';
import { KeySheet } from './key-sheet.tsx';
import { NewKeySheet } from './new-key-sheet.tsx';

const PAGE_ROWS = '50';

export function Keys() {
  const { query, href, go } = usePlace();
  // The text of a new key, by its id: it is in this page alone, and gone with it.
  const [made, setMade] = useState<NewKey | null>(null);
  const asked = new URLSearchParams({ limit: PAGE_ROWS });
  const [cursor, owner, open] = ['cursor', 'owner', 'open'].map((name) => query.get(name));
  if (cursor) asked.set('cursor', cursor);
  if (owner) asked.set('owner_id', owner);
  const path = `/v1/keys?${asked}`;
  const { data, error, isLoading, reload } = useLoad(path, (signal) => ask<Page<Key>>(path, { signal }));
  const columns: Column<Key>[] = [
    { name: 'Label', cell: ({ id, label }) => <a href={href({ open: id })}>{label || id}</a> },
    { name: 'Key', cell: ({ masked }) => <code>{masked}</code> },
    {
      name: 'Status',
      cell: ({ status, damaged }) => (
        <span class={status === 'active' ? 'good' : 'bad'}>{damaged ? 'damaged' : status}</span>
      ),
    },
    {
      name: 'Owner',
      cell: ({ owner_id }) => <a href={`/console/owners?open=${encodeURIComponent(owner_id)}`}>{owner_id}</a>,
    },
    { name: 'Made', cell: ({ created_at }) => <When at={created_at ?? null} /> },
  ];
  const close = () => {
    setMade(null);
    go({ open: null });
  };
  const onMade = (key: NewKey) => {
    setMade(key);
    reload();
    go({ open: key.id }, true);
  };
  return (
    <>
      <Heading title="Keys">
        <a class="button" href={href({ open: 'new' })}>
          New key
        </a>
      </Heading>
      <div class="filters">
        <label>
          Owner
          <input
            data-filter
            type="search"
            placeholder="own_…"
            value={owner ?? ''}
            onChange={(event) => go({ owner: event.currentTarget.value.trim(), cursor: null })}
          />
        </label>
      </div>
      <Problem error={error} retry={reload} />
      {data === null ? (
        isLoading && <p class="dim">Loading…</p>
      ) : (
        <Table
          label="Keys"
          rows={data.data}
          columns={columns}
          empty="There is no key here yet. Make one with “New key”."
        />
      )}
      <Pager next={data?.next_cursor ?? null} />
      {open === 'new' && <NewKeySheet owner={owner ?? ''} onClose={close} onMade={onMade} />}
      {open && open !== 'new' && (
        <KeySheet
          key={open}
          id={open}
          secret={made?.id === open ? made.key : null}
          onClose={close}
          onChanged={reload}
          onRotated={setMade}
        />
      )}
    </>
  );
}
