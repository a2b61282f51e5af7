import { formatExactly } from '../format/format-money.ts';
import { Table } from '../parts/table.tsx';
import { When } from '../parts/when.tsx';
import type { Checked, Effects } from './replies.ts';

/** What a change makes another: prices, endpoints, models, and what may surprise. */
export function EffectsView({ of: { difference, warnings } }: { of: Effects }) {
  const { prices, endpoints, models } = difference;
  const rows = [
    ...prices.map(({ endpoint, part, before, after }) => ({
      what: `${endpoint}: ${part}`,
      before: before ?? '–',
      after: after ?? '–',
    })),
    ...endpoints.map(({ endpoint, change, fields }) => ({
      what: endpoint,
      before: change === 'added' ? 'not served' : 'served',
      after: change === 'removed' ? 'not served' : ['served', ...fields].join(', '),
    })),
    ...models.removed.map((model) => ({ what: model, before: 'served', after: 'served no more' })),
    ...models.added.map((model) => ({ what: model, before: 'not served', after: 'served' })),
  ];
  return (
    <>
      <Table
        label="What becomes another"
        rows={rows.map((row, at) => ({ ...row, id: String(at) }))}
        columns={[
          { name: 'What', cell: ({ what }) => what },
          { name: 'Now', isFigure: true, cell: ({ before }) => before },
          { name: 'Then', isFigure: true, cell: ({ after }) => <strong>{after}</strong> },
        ]}
        empty="Nothing becomes another."
      />
      {warnings.map(({ code, subject, message }) => (
        <p key={code + subject} class="problem">
          {message}
        </p>
      ))}
    </>
  );
}

/** The same of a draft, with what it would have made of the last day. */
export function CheckedView({ of: checked }: { of: Checked }) {
  const { valid, mistakes, difference, warnings = [], last_day, moves_credentials } = checked;
  if (!valid || difference === undefined) {
    return (
      <div class="problem" role="alert">
        {mistakes.map(({ path, message }) => (
          <p key={path + message}>
            {path}: {message}
          </p>
        ))}
      </div>
    );
  }
  return (
    <>
      <EffectsView of={{ difference, warnings }} />
      {moves_credentials ? <p class="dim">It says where credentials go: that takes catalogue:credentials.</p> : null}
      {last_day == null ? (
        <p class="dim">The last day has too much usage to be added up here.</p>
      ) : (
        <p class="preview">
          Of the {last_day.requests.toLocaleString('en-US')} requests since <When at={last_day.since} />,{' '}
          {last_day.moved_requests.toLocaleString('en-US')} would have gone elsewhere and{' '}
          {last_day.refused_requests.toLocaleString('en-US')} nowhere. What is served both ways costs{' '}
          {formatExactly(last_day.now_usd, 'USD')} now and would have cost{' '}
          <strong>{formatExactly(last_day.then_usd, 'USD')}</strong>.
        </p>
      )}
    </>
  );
}
