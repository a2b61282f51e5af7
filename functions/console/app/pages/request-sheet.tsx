import { formatExactly, toDecimal, toNanos } from '../format/format-money.ts';
import { Facts } from '../parts/facts.tsx';
import { Problem } from '../parts/problem.tsx';
import { Sheet } from '../parts/sheet.tsx';
import { When } from '../parts/when.tsx';
import { ask } from '../state/api.ts';
import type { Attempt, Page, RequestEvent } from '../state/replies.ts';
import { useLoad } from '../state/use-load.ts';
import { DecisionView } from './decision-view.tsx';
import { Waterfall } from './waterfall.tsx';

interface RequestSheetProps {
  id: string;
  /** Null with a developer's key. */
  ownerId: string | null;
  /** The request, where the list has it. */
  known: RequestEvent | null;
  onClose: () => void;
}

/** One request: where it was tried and when, why there, and what it cost. */
export function RequestSheet({ id, ownerId, known, onClose }: RequestSheetProps) {
  const found = useLoad(known === null ? id : null, async (signal) => {
    const body = { request_id: id, ...(ownerId === null ? {} : { owner_id: ownerId }) };
    const { data } = await ask<Page<RequestEvent>>('/v1/usage/events', { method: 'POST', body, signal });
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
              ['Session', event.session ?? '–'],
              ['Key', <code key="k">{event.key_id}</code>],
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

/** From what was used to what was charged and given back, to the last digit. */
function MoneyLine({ event }: { event: RequestEvent }) {
  const { cost, refunded, overage, basis, prompt_tokens, completion_tokens, cached_tokens } = event;
  const { currency, amount, usd, inr, fx_rate, fx_as_of } = cost;
  const left = (toNanos(amount) ?? 0n) - (toNanos(refunded) ?? 0n);
  return (
    <Facts
      of={[
        ['Tokens', `${prompt_tokens} in (${cached_tokens} cached), ${completion_tokens} out`],
        ['Counted by', basis ?? '–'],
        ['In dollars', formatExactly(usd, 'USD')],
        [`In rupees, at ${fx_rate} of ${fx_as_of}`, formatExactly(inr, 'INR')],
        ['Charged', <strong key="c">{formatExactly(amount, currency)}</strong>],
        ['Of that beyond the hold', formatExactly(overage, currency)],
        ['Given back', formatExactly(refunded, currency)],
        ['Charged after that', formatExactly(toDecimal(left), currency)],
      ]}
    />
  );
}
