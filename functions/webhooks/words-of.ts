import type { AlertKind } from '../core/alerts/alerts.ts';
import type { Message } from '../core/channels/deliveries.ts';

const titles: Readonly<Record<AlertKind, string>> = {
  low_balance: 'The balance is low',
  cap_50: 'Half of a spend cap is used',
  cap_75: 'Three quarters of a spend cap are used',
  cap_90: 'Nine tenths of a spend cap are used',
  cap_100: 'A spend cap is used up',
  overage: 'A request cost more than was held for it',
  usage_capped: 'A provider reported more than can be true',
  stale_rate: 'The exchange rate is old',
  rate_jump: 'The exchange rate jumped',
  dead_letter: 'Charges could not be counted',
  credential_refused: 'A provider refuses our credential',
  breaker_open: 'A provider is not asked any more for some time',
  channel_disabled: 'A channel of alerts is switched off: its server said that it is gone',
  error_share: 'More requests fail than a rule allows',
  model_retiring: 'A model that you use is about to end',
  statement_ready: 'The statement of a month is ready',
};

/** A message in words for people, one fact a line after the first. */
export function wordsOf({ type, data }: Message): { title: string; text: string } {
  const kind = type.replace(/^alert\./, '');
  const title = Object.hasOwn(titles, kind) ? titles[kind as AlertKind] : 'This is a test of Mesh Router’s alerts';
  const facts = Object.entries(data).filter(([, value]) => value !== null && value !== '');
  return { title, text: [title, ...facts.map(([name, value]) => `${name}: ${shown(value)}`)].join('\n') };
}

function shown(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
