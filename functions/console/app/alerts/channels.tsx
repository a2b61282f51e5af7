import { useState } from 'preact/hooks';
import { Filter } from '../parts/filter.tsx';
import { Listing } from '../parts/listing.tsx';
import type { Channel } from '../state/replies.ts';
import { useList } from '../state/use-list.ts';
import { usePlace } from '../state/use-place.ts';
import { ChannelSheet } from './channel-sheet.tsx';
import { NewChannel } from './new-channel.tsx';

/** Where alerts are told: each owner's, and everybody's. */
export function Channels() {
  const { query, href, go } = usePlace();
  const list = useList<Channel>('/v1/alerts/channels', { owner: 'owner_id' });
  // The secret of a channel that was made or rotated a moment ago is in this page alone, and gone with it.
  const [made, setMade] = useState<Channel | null>(null);
  const open = query.get('open');
  const close = () => {
    setMade(null);
    go({ open: null });
  };
  return (
    <>
      <div class="filters">
        <Filter name="owner" title="Owner" hint="own_…" />
        <a class="button" href={href({ open: 'new' })}>
          New channel
        </a>
      </div>
      <Listing
        list={list}
        label="Channels"
        columns={[
          {
            name: 'Where',
            cell: ({ id, type, target, damaged }) => (
              <a href={href({ open: id })}>{damaged ? id : `${type}: ${target}`}</a>
            ),
          },
          { name: 'Of', cell: ({ owner_id }) => owner_id ?? 'everybody' },
          { name: 'Kinds', cell: ({ kinds }) => kinds?.join(', ').replaceAll('_', ' ') ?? 'all' },
          {
            name: 'Status',
            cell: ({ status, damaged }) => (
              <span class={status === 'active' ? 'good' : 'bad'}>{damaged ? 'damaged' : status}</span>
            ),
          },
        ]}
        empty="There is no channel: alerts are listed, and told to nobody. Make one with “New channel”."
      />
      {open === 'new' ? (
        <NewChannel
          owner={query.get('owner') ?? ''}
          onClose={close}
          onMade={(channel) => {
            setMade(channel);
            list.reload();
            go({ open: channel.id }, true);
          }}
        />
      ) : null}
      {open !== null && open !== 'new' ? (
        <ChannelSheet
          key={open}
          id={open}
          secret={made?.id === open ? (made.secret ?? null) : null}
          onClose={close}
          onChanged={list.reload}
          onRotated={setMade}
        />
      ) : null}
    </>
  );
}
