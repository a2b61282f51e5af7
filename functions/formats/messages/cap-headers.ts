import type { CapUse } from '../../core/leases/cap-use.ts';

/** From this part of a cap on its user is warned, as Claude Code does by what these headers say. Percent. */
const WARN_PERCENT = 75;

/**
 * Spend caps in the headers by which Anthropic tells how much of a subscription is used: a status, the window whose cap is used
 * most, and of each window (`daily`, `weekly`, `monthly`, `total`) how far that is, and when it begins anew, in Unix seconds.
 */
export function capHeaders(caps: readonly CapUse[]): Record<string, string> {
  const windows = [...Map.groupBy(caps, ({ window }) => window).values()].map(mostUsed);
  const headers: [string, string][] = windows.flatMap((use) => [
    [`${use.window}-utilization`, (percentOf(use) / 100).toFixed(2)],
    ...resetOf(use, `${use.window}-reset`),
  ]);
  if (windows.length > 0) {
    const most = mostUsed(windows);
    const status = percentOf(most) < WARN_PERCENT ? 'allowed' : 'allowed_warning';
    headers.push(['status', status], ['representative-claim', most.window], ...resetOf(most, 'reset'));
  } else {
    headers.push(['status', 'allowed']);
  }
  return Object.fromEntries(headers.map(([name, value]) => [`anthropic-ratelimit-unified-${name}`, value]));
}

/** At least one. */
function mostUsed(caps: readonly CapUse[]): CapUse {
  return caps.reduce((one, other) => (percentOf(other) > percentOf(one) ? other : one));
}

/** A cap of nothing is used up. */
function percentOf({ used, cap }: CapUse): number {
  return cap <= 0n ? 100 : Number((used * 100n) / cap);
}

function resetOf({ resetsAt }: CapUse, name: string): [string, string][] {
  return resetsAt === null ? [] : [[name, String(resetsAt / 1_000)]];
}
