import { Download } from '../parts/download.tsx';
import { Facts } from '../parts/facts.tsx';
import { factsText } from '../parts/facts-text.ts';
import { Filter } from '../parts/filter.tsx';
import { Heading } from '../parts/heading.tsx';
import { Listing } from '../parts/listing.tsx';
import { Sheet } from '../parts/sheet.tsx';
import { When } from '../parts/when.tsx';
import { useList } from '../state/use-list.ts';
import { usePlace } from '../state/use-place.ts';

interface Act {
  id: string;
  act: string;
  at: string;
  actor: string | null;
  request_id: string;
  about: Record<string, unknown>;
}

/** Acts of one file. */
const FILE_ROWS = 500;

/** Who did what to what, the newest first. */
export function Audit() {
  const { query, href, go } = usePlace();
  const list = useList<Act>('/v1/audit-logs', { owner: 'owner_id' }, 'before');
  const open = list.rows?.find(({ id }) => id === query.get('open'));
  return (
    <>
      <Heading title="Audit">
        <Download path={`${list.file}&limit=${FILE_ROWS}`} name="audit" />
      </Heading>
      <div class="filters">
        <Filter name="owner" title="Owner" hint="own_…" page="before" />
      </div>
      <Listing
        list={list}
        label="Acts"
        columns={[
          {
            name: 'When',
            cell: ({ id, at }) => (
              <a href={href({ open: id })}>
                <When at={at} />
              </a>
            ),
          },
          { name: 'Act', cell: ({ act }) => <span class="short">{act}</span> },
          { name: 'By', cell: ({ actor }) => <span class="short">{actor ?? '–'}</span> },
          { name: 'About', cell: ({ about }) => factsText(about) },
          { name: 'Request', cell: ({ request_id }) => <code>{request_id}</code> },
        ]}
        empty="Nobody has done anything yet. Making an owner is the first act that is written down."
      />
      {open === undefined ? null : (
        <Sheet title={open.act} onClose={() => go({ open: null })}>
          <Facts
            of={[
              ['When', <When key="w" at={open.at} />],
              ['By', open.actor ?? '–'],
              ['Request', <code key="r">{open.request_id}</code>],
              ...Object.entries(open.about).map(([name, value]): [string, string] => [
                name,
                typeof value === 'string' ? value : JSON.stringify(value),
              ]),
            ]}
          />
        </Sheet>
      )}
    </>
  );
}
