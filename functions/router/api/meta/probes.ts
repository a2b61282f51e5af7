import { RATES, USD_INR } from '../../../core/money/exchange-rates.ts';
import type { Call } from '../../http/call.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';

/** `GET /healthz`: the process answers. */
export function isAlive(): Reply {
  return { status: 200, body: { status: 'ok' } };
}

/** `GET /readyz`: the store answers and there is something to serve. */
export async function isReady(_call: Call, { documents, catalogue }: Services): Promise<Reply> {
  const models = catalogue().models.size;
  try {
    await documents.get(RATES, USD_INR);
  } catch {
    return { status: 503, body: { status: 'unavailable', store: 'unreachable', models } };
  }
  return { status: models > 0 ? 200 : 503, body: { status: models > 0 ? 'ok' : 'unavailable', store: 'ok', models } };
}
