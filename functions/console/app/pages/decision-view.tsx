import { formatMs } from '../format/format-time.ts';
import { Table } from '../parts/table.tsx';
import type { Decision } from '../state/replies.ts';

/** Why a request went where it went: every candidate with its figures, and who was left out. */
export function DecisionView({ decision }: { decision: Decision }) {
  const { profile, sort, explored, session, order, out, of } = decision;
  const missing = of[0] + of[1] - order.length - out.length;
  return (
    <>
      <p>
        By the profile <code>{profile}</code>
        {sort === undefined ? null : `, sorted by ${sort}`}, in this order:
      </p>
      {explored === undefined ? null : <p class="dim">{explored} was tried first to learn how it does.</p>}
      {session === undefined ? null : (
        <p class="dim">
          The session was at {session[0]}: {session[1]}, with {session[2].toLocaleString('en-US')} tokens to be cached
          there.
        </p>
      )}
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
      {missing > 0 ? <p class="dim">{missing} more were thought of; there is no room to keep them.</p> : null}
    </>
  );
}
