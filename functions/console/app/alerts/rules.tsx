import { Table } from '../parts/table.tsx';
import { alertRules } from './alert-rules.ts';

/** What is told of and when. Thresholds are an owner's own: its “Low below” and its caps. */
export function Rules() {
  return (
    <>
      <p class="dim">
        “Low below” and caps are set at an <a href="/console/owners">owner</a> and a <a href="/console/keys">key</a>.
        Which kinds go where is said at a <a href="/console/alerts?show=channels">channel</a>.
      </p>
      <Table
        label="Rules"
        rows={Object.entries(alertRules).map(([id, when]) => ({ id, when }))}
        columns={[
          {
            name: 'Kind',
            cell: ({ id }) => <a href={`/console/alerts?kind=${id}`}>{id.replaceAll('_', ' ')}</a>,
          },
          { name: 'When', cell: ({ when }) => when },
        ]}
        empty=""
      />
    </>
  );
}
