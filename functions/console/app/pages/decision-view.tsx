import { formatMs } from '../format/format-time.ts';
import { Table } from '../parts/table.tsx';
import type { Decision } from '../state/replies.ts';

/** Why a request went where it went: every candidate with its figures, and who was left out. */
export function DecisionView({ decision: { profile, order, out } }: { decision: Decision }) {
  return (
    <>
      <p>
        By the profile <code>{profile}</code>, in this order:
      </p>
      <Table
        label="Endpoints in the order of trying"
        rows={order.map(([id, score, usd, ms]) => ({ id, score, usd, ms }))}
        columns={[
          { name: 'Endpoint', cell: ({ id }) => id },
          { name: 'Score', isFigure: true, cell: ({ score }) => score ?? '–' },
          { name: 'Expected dollars', isFigure: true, cell: ({ usd }) => usd ?? '–' },
          { name: 'Expected time', isFigure: true, cell: ({ ms }) => (ms === null ? '–' : formatMs(ms)) },
        ]}
        empty="Nobody could be asked."
      />
      {out.length === 0 ? null : (
        <ul>
          {out.map(([endpoint, why]) => (
            <li key={endpoint}>
              {endpoint}: <span class="bad">{why}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
