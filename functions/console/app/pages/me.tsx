import { Facts } from '../parts/facts.tsx';
import { Heading } from '../parts/heading.tsx';
import { LimitBars } from '../parts/limit-bars.tsx';
import { Money } from '../parts/money.tsx';
import { Problem } from '../parts/problem.tsx';
import { When } from '../parts/when.tsx';
import { ask } from '../state/api.ts';
import type { Currency, RateFigures, Standing } from '../state/replies.ts';
import { useLoad } from '../state/use-load.ts';

interface Balance {
  balance_usd: string;
  available_usd: string;
  reserved_usd: string;
  balance_inr: string;
  currency: Currency;
  updated_at: string;
}
interface OwnKey {
  id: string;
  label: string;
  expires_at: string | null;
  allowed_models: string[] | null;
}
interface Limits {
  key: RateFigures;
  owner: RateFigures;
  spending: Standing['spending'];
}

const REFRESH_MS = 10_000;

/** What a developer's key is, and how much of its limits and of its owner's money is left. */
export function Me() {
  const live = { everyMs: REFRESH_MS };
  const balance = useLoad('balance', (signal) => ask<Balance>('/v1/balance', { signal }), live);
  const limits = useLoad('limits', (signal) => ask<Limits>('/v1/usage/rate-limits', { signal }), live);
  const key = useLoad('key', async (signal) => (await ask<{ data: OwnKey }>('/v1/key', { signal })).data);
  return (
    <>
      <Heading title="Me" />
      <Problem error={balance.error ?? key.error} retry={balance.reload} />
      {balance.data === null ? null : (
        <Facts
          of={[
            ['Balance', <Money key="u" amount={balance.data.balance_usd} currency="USD" />],
            ['In rupees', <Money key="r" amount={balance.data.balance_inr} currency="INR" />],
            ['Available', <Money key="a" amount={balance.data.available_usd} currency="USD" />],
            ['Held', <Money key="h" amount={balance.data.reserved_usd} currency="USD" />],
            ['Kept in', balance.data.currency],
            ['As of', <When key="w" at={balance.data.updated_at} />],
          ]}
        />
      )}
      {key.data === null ? null : (
        <Facts
          of={[
            ['Key', key.data.label],
            ['Id', <code key="i">{key.data.id}</code>],
            ['Ends', <When key="e" at={key.data.expires_at} />],
            ['Models', key.data.allowed_models?.join(', ') ?? 'all'],
          ]}
        />
      )}
      <section>
        <h2>Limits</h2>
        <Problem error={limits.error} retry={limits.reload} />
        {limits.data === null ? null : (
          <LimitBars
            standing={{
              rates: { key: limits.data.key, owner: limits.data.owner },
              spending: limits.data.spending,
            }}
          />
        )}
      </section>
    </>
  );
}
