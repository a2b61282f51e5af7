import { useState } from 'preact/hooks';
import { Facts } from '../parts/facts.tsx';
import { Heading } from '../parts/heading.tsx';
import { Meant } from '../parts/meant.tsx';
import { Problem } from '../parts/problem.tsx';
import { Table } from '../parts/table.tsx';
import { useAct } from '../parts/use-act.ts';
import { ask } from '../state/api.ts';
import type { Rates } from '../state/replies.ts';
import { useLoad } from '../state/use-load.ts';

/** Rupees per dollar: what holds, by day, and set by hand. */
export function ExchangeRate() {
  const { data, error, reload } = useLoad('rates', (signal) => ask<Rates>('/v1/rates', { signal }));
  return (
    <>
      <Heading title="Exchange rate" />
      <Problem error={error} retry={reload} />
      {data === null ? null : (
        <>
          <Facts
            of={[
              ['Rupees per dollar', <strong key="r">{data.rate}</strong>],
              ['Of', data.as_of],
              ['From', data.source],
              [
                'Age',
                <span
                  key="a"
                  class={data.stale ? 'bad' : ''}
                >{`${data.age_days} days${data.stale ? ', too old' : ''}`}</span>,
              ],
            ]}
          />
          <SetRate onSet={reload} />
          <section>
            <h2>By day</h2>
            <Table
              label="Rates by day"
              rows={data.history.map((rate) => ({ ...rate, id: rate.as_of }))}
              columns={[
                { name: 'Day', cell: ({ as_of }) => as_of },
                { name: 'Rate', isFigure: true, cell: ({ rate }) => rate },
                { name: 'From', cell: ({ source, manual }) => (manual ? `${source}, by hand` : source) },
              ]}
              empty="No rate was fetched yet: the built-in one is used."
            />
          </section>
        </>
      )}
    </>
  );
}

function SetRate({ onSet }: { onSet: () => void }) {
  const [rate, setRate] = useState('');
  const [reason, setReason] = useState('');
  const [isMeant, setMeant] = useState(false);
  const [done, setDone] = useState<string | null>(null);
  const { run, isRunning, error } = useAct();
  const send = async () => {
    const as_of = new Date().toISOString().slice(0, 10);
    const body = { rate, reason, as_of, ...(isMeant ? { confirm: true } : {}) };
    const now = await ask<Rates>('/v1/rates/USD_INR', { method: 'PUT', body });
    setDone(`₹${now.rate} per dollar is used from now on.`);
    setRate('');
    setReason('');
    setMeant(false);
    onSet();
  };
  return (
    <form
      class="balance"
      onSubmit={(event) => {
        event.preventDefault();
        setDone(null);
        run(send);
      }}
    >
      <h2>Set it by hand, for today</h2>
      <p class="dim">It gives way to the next good rate of a source.</p>
      <div class="pair">
        <label>
          Rupees per dollar
          <input
            required
            inputMode="decimal"
            value={rate}
            onInput={(event) => setRate(event.currentTarget.value.trim())}
          />
        </label>
        <label>
          Reason
          <input required maxLength={1024} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
      </div>
      <Meant error={error} isMeant={isMeant} setMeant={setMeant} what="this rate" />
      <button type="submit" class="main" disabled={isRunning}>
        Set the rate
      </button>
      <p role="status">{done}</p>
      <Problem error={error} />
    </form>
  );
}
