import { useState } from 'preact/hooks';
import { Filter } from '../parts/filter.tsx';
import { Heading } from '../parts/heading.tsx';
import { Listing } from '../parts/listing.tsx';
import type { Column } from '../parts/table.tsx';
import { When } from '../parts/when.tsx';
import type { Key, NewKey } from '../state/replies.ts';
import { useList } from '../state/use-list.ts';
import { usePlace } from '../state/use-place.ts';
import { KeySheet } from './key-sheet.tsx';
import { NewKeySheet } from './new-key-sheet.tsx';

export function Keys() {
  const { query, href, go } = usePlace();
  // The text of a new key, by its id: it is in this page alone, and gone with it.
  const [made, setMade] = useState<NewKey | null>(null);
  const list = useList<Key>('/v1/keys', { owner: 'owner_id' });
  const [owner, open] = [query.get('owner'), query.get('open')];
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
    list.reload();
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
        <Filter name="owner" title="Owner" hint="own_…" />
      </div>
      <Listing list={list} label="Keys" columns={columns} empty="There is no key here yet. Make one with “New key”." />
      {open === 'new' && <NewKeySheet owner={owner ?? ''} onClose={close} onMade={onMade} />}
      {open && open !== 'new' && (
        <KeySheet
          key={open}
          id={open}
          secret={made?.id === open ? made.key : null}
          onClose={close}
          onChanged={list.reload}
          onRotated={setMade}
        />
      )}
    </>
  );
}
