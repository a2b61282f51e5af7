import { useState } from 'preact/hooks';
import { formatExactly, toDecimal, toNanos } from '../format/format-money.ts';
import { Meant } from '../parts/meant.tsx';
import { Money } from '../parts/money.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAct } from '../parts/use-act.ts';
import { ask } from '../state/api.ts';
import type { Entry, Owner, Page, RequestEvent } from '../state/replies.ts';
import { useLoad } from '../state/use-load.ts';

const acts = {
  topups: { title: 'Top up', needsReason: false },
  adjustments: { title: 'Adjust', needsReason: true },
  refunds: { title: 'Refund', needsReason: true },
} as const;
type ActName = keyof typeof acts;

/** The same act, however often it is sent, is carried out once: it has a name. */
const newReference = () => `console-${crypto.randomUUID()}`;

/** Changes a balance, and says what it will be before it is changed. */
export function BalanceForm({ owner, onDone }: { owner: Owner; onDone: () => void }) {
  const [act, setAct] = useState<ActName>('topups');
  const [amount, setAmount] = useState('');
  const [requestId, setRequestId] = useState('');
  const [reason, setReason] = useState('');
  const [reference, setReference] = useState(newReference);
  const [isMeant, setMeant] = useState(false);
  const [done, setDone] = useState<string | null>(null);
  const { run, isRunning, error } = useAct();
  const { currency } = owner;
  const isRefund = act === 'refunds';
  const left = useLeft(owner.id, isRefund ? requestId : '');
  const change = toNanos(amount) ?? (isRefund && amount === '' ? left : null);
  const balance = toNanos(owner.balance);

  const send = async () => {
    const body = {
      ...(isRefund ? { request_id: requestId } : { amount, currency }),
      ...(isRefund && amount !== '' ? { amount } : {}),
      ...(reason === '' ? {} : { reason }),
      ...(isMeant && !isRefund ? { confirm: true } : {}),
      reference,
    };
    const path = `/v1/owners/${encodeURIComponent(owner.id)}`;
    const entry = await ask<Entry>(`${path}/${act}`, { method: 'POST', body });
    // What the router has, not what was typed.
    const { balance: after } = await ask<Owner>(path);
    const [amountDone, balanceNow] = [entry.amount, after].map((each) => formatExactly(each, currency));
    setDone(`${acts[act].title}: done. It was ${amountDone}, and the balance is ${balanceNow}.`);
    setRequestId('');
    setAmount('');
    setReason('');
    setMeant(false);
    setReference(newReference());
    onDone();
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
      <h3>Change the balance</h3>
      <label>
        What
        <select value={act} onChange={(event) => setAct(event.currentTarget.value as ActName)}>
          {Object.entries(acts).map(([name, { title }]) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
      </label>
      {isRefund ? (
        <label>
          Request
          <input
            required
            placeholder="req_…"
            value={requestId}
            onInput={(event) => setRequestId(event.currentTarget.value.trim())}
          />
        </label>
      ) : null}
      <label>
        Amount, {currency}
        <input
          required={!isRefund}
          inputMode="decimal"
          pattern={act === 'adjustments' ? '-?\\d+(\\.\\d{1,9})?' : '\\d+(\\.\\d{1,9})?'}
          placeholder={isRefund ? 'all that is left of the charge' : '500.00'}
          value={amount}
          onInput={(event) => setAmount(event.currentTarget.value.trim())}
        />
      </label>
      <label>
        Reason
        <input
          required={acts[act].needsReason}
          maxLength={1024}
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </label>
      <p class="preview" aria-live="polite">
        {change === null || balance === null ? (
          'The balance after it is shown here.'
        ) : (
          <>
            <Money amount={owner.balance} currency={currency} /> →{' '}
            <strong class={balance + change < 0n ? 'bad' : undefined}>
              <Money amount={toDecimal(balance + change)} currency={currency} />
            </strong>
            {balance + change < 0n ? ': no balance is less than nothing, so this is refused.' : null}
          </>
        )}
      </p>
      <Meant error={error} isMeant={isMeant} setMeant={setMeant} what="this amount" />
      <button type="submit" class="main" disabled={isRunning}>
        {acts[act].title}
      </button>
      <p role="status">{done}</p>
      <Problem error={error} />
    </form>
  );
}

/** What may still be given back of a charge, in nanos; null where it is not known. */
function useLeft(ownerId: string, requestId: string): bigint | null {
  const name = /^req_\w{20,}$/.test(requestId) ? requestId : null;
  const { data } = useLoad(name, (signal) =>
    ask<Page<RequestEvent>>('/v1/usage/events', {
      method: 'POST',
      body: { owner_id: ownerId, request_id: requestId },
      signal,
    }),
  );
  const event = data?.data[0];
  if (event === undefined) return null;
  const [charged, refunded] = [toNanos(event.cost.amount), toNanos(event.refunded)];
  return charged === null || refunded === null ? null : charged - refunded;
}
