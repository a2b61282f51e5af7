import type { Currency } from '../state/replies.ts';
import type { Setting } from './setting.ts';

const windows = [
  ['daily', 'A day (UTC)'],
  ['weekly', 'A week, from Monday'],
  ['monthly', 'A month'],
  ['total', 'Ever'],
] as const;

/** The four caps of a name of the API. */
export function capSettings(name: 'spend_caps' | 'end_user_caps'): Setting[] {
  return windows.map(([window, title]) => ({ name: `${name}.${window}`, title, kind: 'amount', hint: 'no cap' }));
}

/** What keys and owners have both. `currency`: the owner's; null where it is not known. */
export function limitGroups(currency: Currency | null) {
  return [
    {
      title: 'Rates',
      settings: [
        { name: 'rpm_limit', title: 'Requests a minute', kind: 'count', hint: 'no limit' },
        { name: 'rpd_limit', title: 'Requests a day', kind: 'count', hint: 'no limit' },
        { name: 'tpm_limit', title: 'Tokens a minute', kind: 'count', hint: 'no limit' },
        { name: 'concurrency_limit', title: 'Requests at once', kind: 'count', hint: 'no limit' },
      ] satisfies Setting[],
    },
    { title: `May be spent, ${currency ?? 'in its owner’s currency'}`, settings: capSettings('spend_caps') },
    {
      title: 'May be spent, in dollars',
      settings: [
        { name: 'spend_cap_usd', title: 'At most', kind: 'amount', hint: 'no cap' },
        { name: 'spend_cap_window', title: 'In', kind: 'window' },
      ] satisfies Setting[],
    },
  ];
}
