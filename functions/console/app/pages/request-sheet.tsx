import type { ComponentChildren } from 'preact';
import { formatExactly, toDecimal, toNanos } from '../format/format-money.ts';
import { Facts } from '../parts/facts.tsx';
import { Problem } from '../parts/problem.tsx';
import { Sheet } from '../parts/sheet.tsx';
import { When } from '../parts/when.tsx';
import { ask } from '../state/api.ts';
import type { Attempt, RequestEvent, RequestPage } from '../state/replies.ts';
import { session } from '../state/session.ts';
import { useLoad } from '../state/use-load.ts';
import { DecisionView } from './decision-view.tsx';
import { Waterfall } from './waterfall.tsx';

interface RequestSheetProps {
  id: string;
  /** The request, where the list has it. */
  known: RequestEvent | null;
  onClose: () => void;
}

/** One request: where it was tried and when, why there, and what it cost. */
export function RequestSheet({ id, known, onClose }: RequestSheetProps) {
  const found = useLoad(known === null ? id : null, async (signal) => {
    const { data } = await ask<RequestPage>(`/v1/usage/events?request_id=${encodeURIComponent(id)}`, { signal });
    return data[0] ?? null;
  });
  const path = `/v1/usage/events/${encodeURIComponent(id)}/attempts`;
  const attempts = useLoad(path, (signal) => ask<Attempt[]>(path, { signal }));
  const event = known ?? found.data;
  return (
    <Sheet title={event?.model ?? id} onClose={onClose}>
      <Problem error={found.error} retry={found.reload} />
      {event === null && !found.isLoading ? <p class="empty">There is no such request any more.</p> : null}
      {event === null ? null : (
        <>
          <Facts
            of={[
              ['Request', <code key="i">{event.id}</code>],
              ['Label', event.label ?? '–'],
              ['Finished', <When key="c" at={event.created_at} />],
              ['Asked for', event.requested_model ?? '–'],
              ['Answered by', event.endpoint ?? 'nobody'],
              ['Outcome', [event.outcome, event.error, event.finish_reason].filter(Boolean).join(' · ')],
              ['Surface', `${event.surface ?? '–'}${event.streamed ? ', streamed' : ''}`],
              ['Session', <Where key="s" name="session" value={event.session} owner={event.owner_id} />],
              ['Client', event.client ?? '–'],
              ['Key', <Where key="k" name="key" value={event.key_id} owner={event.owner_id} />],
            ]}
          />
          <section>
            <h3>Time</h3>
            <Problem error={attempts.error} retry={attempts.reload} />
            {attempts.data === null ? null : <Waterfall event={event} attempts={attempts.data} />}
          </section>
          <section>
            <h3>Money</h3>
            <MoneyLine event={event} />
          </section>
          <section>
            <h3>Decision</h3>
            {event.decision === null ? (
              <p class="dim">None is kept of this request.</p>
            ) : (
              <DecisionView decision={event.decision} />
            )}
          </section>
        </>
      )}
    </Sheet>
  );
}

/** Leads to all requests of the same session or key. */
function Where({ name, value, owner }: { name: 'session' | 'key'; value: string | null; owner: string }) {
  if (value === null) return <>–</>;
  const of: Record<string, string> = session.value?.kind === 'operator' ? { owner } : {};
  return <a href={`/console/requests?${new URLSearchParams({ ...of, [name]: value })}`}>{value}</a>;
}

/** From what was expected to what was held, charged and given back, to the last digit. */
function MoneyLine({ event }: { event: RequestEvent }) {
  const { cost, held, refunded, overage, basis, endpoint, decision } = event;
  const { currency, amount, usd, inr, fx_rate, fx_as_of } = cost;
  const quoted = decision?.order.find(([id]) => id === endpoint)?.[2] ?? null;
  const left = (toNanos(amount) ?? 0n) - (toNanos(refunded) ?? 0n);
  const steps: [name: string, value: ComponentChildren][] = [
    ['Expected', quoted === null ? '–' : formatExactly(quoted, 'USD')],
    ['Held', held === null ? '–' : formatExactly(held, currency)],
    ['Charged', <strong key="c">{formatExactly(amount, currency)}</strong>],
    ...(toNanos(refunded) === 0n
      ? []
      : ([
          ['Given back', formatExactly(refunded, currency)],
          ['Left', formatExactly(toDecimal(left), currency)],
        ] satisfies [string, string][])),
  ];
  return (
    <>
      <ol class="steps">
        {steps.map(([name, value]) => (
          <li key={name}>
            <span class="dim">{name}</span> {value}
          </li>
        ))}
      </ol>
      <Facts
        of={[
          ['Tokens', `${event.prompt_tokens} in (${event.cached_tokens} cached), ${event.completion_tokens} out`],
          ['Counted by', basis ?? '–'],
          ['In dollars', formatExactly(usd, 'USD')],
          [`In rupees, at ${fx_rate} of ${fx_as_of}`, formatExactly(inr, 'INR')],
          ['Charged beyond the hold', formatExactly(overage, currency)],
        ]}
      />
    </>
  );
}
