import { z } from 'zod';
import { MeshError } from '../../../core/errors.ts';
import {
  ageInDays,
  BUILT_IN_RATE,
  isManual,
  isSane,
  MAX_RATE_AGE_DAYS,
  RATES,
  setRate,
  toRate,
  USD_INR,
} from '../../../core/money/exchange-rates.ts';
import { type FxRate, formatRate, parseRate } from '../../../core/money/fx.ts';
import { recordChange } from '../../access/record-change.ts';
import type { Call } from '../../http/call.ts';
import { parseBody } from '../../http/parse-body.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';

const MAX_REASON = 1_024;
/** Days of history that are shown. */
const MAX_HISTORY = 400;

export const rateBody = z.strictObject({
  /** Rupees per dollar, a decimal string. */
  rate: z.string(),
  as_of: z.iso.date(),
  reason: z.string().min(1).max(MAX_REASON),
  /** That it is meant, though it is far from the last good rate or of a day that has not come. */
  confirm: z.boolean().optional(),
});

/** `GET /v1/rates`: the rate that is used, how old it is, and its history. */
export async function getRates(_call: Call, services: Services): Promise<Reply> {
  const stored = await services.documents.query({ collection: RATES, orderBy: { field: 'as_of', direction: 'desc' } });
  const current = stored.find(({ id }) => id === USD_INR);
  const rate = current === undefined ? BUILT_IN_RATE : toRate(current);
  const age = ageInDays(rate, services.now());
  const history = stored.filter(({ id }) => id !== USD_INR).slice(0, MAX_HISTORY);
  return {
    status: 200,
    body: {
      ...encodeRate(rate),
      age_days: age,
      stale: age > MAX_RATE_AGE_DAYS,
      history: history.map((each) => encodeRate(toRate(each))),
    },
  };
}

/**
 * `PUT /v1/rates/USD_INR`: an operator sets the rate, where the sources' jump is real or all of them are down. It gives way to
 * the next good rate of a source.
 */
export async function putRate(call: Call, services: Services): Promise<Reply> {
  const { rate: text, as_of, reason, confirm = false } = await parseBody(call, rateBody);
  const rate = parseRate(text);
  if (rate === null || !isSane(rate)) {
    throw new MeshError('invalid_request_error', { param: 'rate', message: 'rate must be rupees per dollar.' });
  }
  const audit = recordChange(call, services, 'rate.set', { rate, as_of, reason, confirm });
  const now = new Date(services.now());
  await setRate(services.documents, { rate, asOf: as_of }, { now, confirmed: confirm, audit });
  return getRates(call, services);
}

function encodeRate(rate: FxRate) {
  return { pair: USD_INR, rate: formatRate(rate.rate), as_of: rate.asOf, source: rate.source, manual: isManual(rate) };
}
