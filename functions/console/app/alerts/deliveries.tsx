import { Facts } from '../parts/facts.tsx';
import { factsText } from '../parts/facts-text.ts';
import { Filter } from '../parts/filter.tsx';
import { Listing } from '../parts/listing.tsx';
import { Problem } from '../parts/problem.tsx';
import { Sheet } from '../parts/sheet.tsx';
import { useAct } from '../parts/use-act.ts';
import { When } from '../parts/when.tsx';
import { ask } from '../state/api.ts';
import type { Delivery } from '../state/replies.ts';
import { useList } from '../state/use-list.ts';
import { useLoad } from '../state/use-load.ts';
import { usePlace } from '../state/use-place.ts';

const REFRESH_MS = 3_000;

/** What channels were told in thirty days, the newest first. */
export function Deliveries() {
  const { query, href, go } = usePlace();
  const list = useList<Delivery>('/v1/alerts/deliveries', { channel: 'channel_id' });
  const open = query.get('open');
  return (
    <>
      <div class="filters">
        <Filter name="channel" title="Channel" hint="chn_…" />
      </div>
      <Listing
        list={list}
        label="Deliveries"
        columns={[
          {
            name: 'When',
            cell: ({ id, created_at, damaged }) => (
              <a href={href({ open: id })}>{damaged ? id : <When at={created_at} />}</a>
            ),
          },
          { name: 'What', cell: ({ message }) => message?.type.replaceAll('_', ' ') ?? '–' },
          { name: 'Status', cell: ({ status, damaged }) => <Status of={damaged ? 'damaged' : status} /> },
          { name: 'Tries', isFigure: true, cell: ({ attempts }) => attempts },
          { name: 'Last answer', cell: ({ last_status, last_error }) => last_error ?? last_status ?? '–' },
          { name: 'Next try', cell: ({ next_at }) => <When at={next_at ?? null} /> },
          { name: 'Channel', cell: ({ channel_id }) => <code>{channel_id}</code> },
        ]}
        empty={
          <>
            Nothing was told in thirty days. <a href={href({ show: 'channels', channel: null })}>Test a channel</a>.
          </>
        }
      />
      {open === null ? null : (
        <DeliverySheet key={open} id={open} onClose={() => go({ open: null })} onChanged={list.reload} />
      )}
    </>
  );
}

function Status({ of }: { of: string }) {
  return <span class={of === 'delivered' ? 'good' : of === 'pending' ? '' : 'bad'}>{of}</span>;
}

interface DeliverySheetProps {
  id: string;
  onClose: () => void;
  onChanged: () => void;
}

function DeliverySheet({ id, onClose, onChanged }: DeliverySheetProps) {
  const path = `/v1/alerts/deliveries/${encodeURIComponent(id)}`;
  const { data, error, reload } = useLoad(path, (signal) => ask<Delivery>(path, { signal }), { everyMs: REFRESH_MS });
  const act = useAct();
  const again = async () => {
    await ask(`${path}/redeliver`, { method: 'POST' });
    reload();
    onChanged();
  };
  return (
    <Sheet title={data?.message.type ?? id} onClose={onClose}>
      <Problem error={error} retry={reload} />
      {data === null ? null : (
        <>
          <Facts
            of={[
              ['Status', <Status key="s" of={data.status} />],
              ['Made', <When key="m" at={data.created_at} />],
              ['Told', <When key="t" at={data.delivered_at} />],
              ['Tries', data.attempts],
              ['Last answer', data.last_error ?? data.last_status ?? '–'],
              ['Next try', <When key="n" at={data.next_at} />],
              ['Owner', data.owner_id ?? '–'],
              ['Channel', <code key="c">{data.channel_id}</code>],
              ['Id', <code key="i">{data.id}</code>],
            ]}
          />
          <p>{factsText(data.message.data)}</p>
          <p class="actions">
            <button type="button" class="main" disabled={act.isRunning} onClick={() => act.run(again)}>
              Tell it once more
            </button>
          </p>
          <Problem error={act.error} />
        </>
      )}
    </Sheet>
  );
}
