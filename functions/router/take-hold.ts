import { StoreUnavailable } from '../core/documents.ts';
import { MeshError } from '../core/errors.ts';
import { type FxRate, nanosToPicoUsd } from '../core/fx.ts';
import type { Hold } from '../core/ledger.ts';
import { type Currency, parseAmount } from '../core/money.ts';
import { affordableOutputTokens, type Candidate, quote } from '../core/quote.ts';
import type { Call } from './call.ts';
import type { Key } from './key-cache.ts';
import type { Router } from './router.ts';

/**
 * Holds the most that the request can cost, whichever candidate serves it. A refusal for want of money says in
 * `details.affordable_max_tokens` how long an answer could be paid for.
 */
export async function takeHold(call: Call, key: Key, candidates: readonly Candidate[], router: Router): Promise<Hold> {
  if (!router.settler.hasRoom()) {
    throw new MeshError('provider_not_available', {
      message: 'Too many charges wait for the store.',
      retryAfterSeconds: 5,
    });
  }
  const fx = router.rate();
  try {
    return await router.ledger.hold({
      requestId: call.requestId,
      ownerId: key.ownerId,
      keyId: key.id,
      quote: quote(candidates),
      fx,
    });
  } catch (error) {
    if (error instanceof StoreUnavailable) {
      // It may have been taken all the same: given back in the background, while the client is told to come again.
      void router.settler.void({ requestId: call.requestId, ownerId: key.ownerId });
    }
    if (error instanceof MeshError && error.code === 'spend_limit_exceeded')
      throw withAffordable(error, candidates, fx);
    throw error;
  }
}

function withAffordable(error: MeshError, candidates: readonly Candidate[], fx: FxRate): MeshError {
  const details = error.details as { available: string; currency: Currency };
  const available = details.available === '0' ? 0n : parseAmount(details.available, 'available');
  const affordable = affordableOutputTokens(nanosToPicoUsd(available, details.currency, fx), candidates);
  return new MeshError('spend_limit_exceeded', {
    message: error.message,
    details: { ...details, affordable_max_tokens: affordable },
  });
}
