import type { ComponentChildren } from 'preact';
import { formatMoney, toNanos } from '../format/format-money.ts';
import { formatSpan, formatTime } from '../format/format-time.ts';
import type { CapFigures, RateFigures, Standing } from '../state/replies.ts';

interface Bar {
  name: string;
  /** 0 to 1. */
  used: number;
  words: ComponentChildren;
}

const rateNames: Readonly<Record<keyof RateFigures, string>> = {
  requests_per_minute: 'Requests a minute',
  tokens_per_minute: 'Tokens a minute',
  requests_per_day: 'Requests a day',
};

/** How far a key is from each of its limits and its owner's, the one that is nearest first. */
export function LimitBars({ standing }: { standing: Standing }) {
  const { rates, spending } = standing;
  const bars = [
    ...rateBars(rates.key, 'key'),
    ...rateBars(rates.owner, 'owner'),
    ...(spending.key === null ? [] : capBars(spending.key, standing, 'key')),
    ...capBars(spending.owner, standing, 'owner'),
  ].sort((a, b) => b.used - a.used);
  if (bars.length === 0) return <p class="dim">No limit is set, but for the owner’s balance.</p>;
  return (
    <ul class="bars">
      {bars.map(({ name, used, words }, at) => (
        <li key={name} class={used >= 1 ? 'full' : undefined}>
          <span>
            {name}
            {at === 0 ? <strong> · binds first</strong> : null}
          </span>
          <meter min={0} max={1} high={0.9} value={Math.min(used, 1)} aria-label={name} />
          <span class="dim">{words}</span>
        </li>
      ))}
    </ul>
  );
}

function rateBars(figures: RateFigures, of: string): Bar[] {
  return (Object.keys(rateNames) as (keyof RateFigures)[]).flatMap((name) => {
    const figure = figures[name];
    if (figure === null) return [];
    const { limit, remaining, reset_seconds } = figure;
    const used = limit - remaining;
    const words = `${used.toLocaleString('en-US')} of ${limit.toLocaleString('en-US')}, resets in ${formatSpan(reset_seconds)}`;
    return [{ name: `${rateNames[name]}, ${of}`, used: limit === 0 ? 1 : used / limit, words }];
  });
}

function capBars(figures: CapFigures, { spending: { currency } }: Standing, of: string): Bar[] {
  return (['daily', 'weekly', 'monthly', 'total'] as const).flatMap((window) => {
    const { cap, spent, reserved, resets_at } = figures[window];
    if (cap === null) return [];
    const resets = resets_at === null ? 'never resets' : `resets ${formatTime(resets_at)}`;
    const taken = (toNanos(spent) ?? 0n) + (toNanos(reserved) ?? 0n);
    const most = toNanos(cap) ?? 0n;
    const used = most === 0n ? 1 : Number((taken * 10_000n) / most) / 10_000;
    const words = `${formatMoney(spent, currency)} spent and ${formatMoney(reserved, currency)} held of ${formatMoney(cap, currency)}, ${resets}`;
    return [{ name: `Spend, ${window}, ${of}`, used, words }];
  });
}
