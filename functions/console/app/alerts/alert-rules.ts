/** What is told of, by the API's names, and when: as docs/money.md says. */
export const alertRules: Readonly<Record<string, string>> = {
  low_balance: 'Available fell below “Low below”, or a tenth of the last top-up',
  cap_50: 'A cap is used by half',
  cap_75: 'A cap is used by three quarters',
  cap_90: 'A cap is used by nine tenths',
  cap_100: 'A cap is used up',
  overage: 'A cost went beyond its hold',
  usage_capped: 'A provider reported more than can be true',
  stale_rate: 'The exchange rate is older than three days',
  rate_jump: 'A rate jumped, no second source confirmed it, and it was not stored',
  dead_letter: 'A message about charges failed again and again and was put aside',
  credential_refused: 'A provider refuses our key',
  breaker_open: 'A breaker opened for all instances',
  error_share: 'Too large a share of requests did not finish',
  model_retiring: 'A model that you use ends soon',
  statement_ready: 'The statement of a month is ready',
  channel_disabled: 'A channel is switched off: its server answered that it is gone',
};
