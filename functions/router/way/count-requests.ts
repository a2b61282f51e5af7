import { ClientGone } from '../../core/client-gone.ts';
import { type ErrorCode, MeshError, toMeshError } from '../../core/errors.ts';
import { StoreUnavailable } from '../../core/store/documents.ts';
import type { Ask } from './ask.ts';
import { figuresOfRefusal } from './rate-headers.ts';
import { rateScopes } from './rate-scopes.ts';
import type { Services } from './services.ts';

/** Whether a request was refused for want of money. */
export function isForMoney(error: unknown): boolean {
  return error instanceof MeshError && error.code === 'spend_limit_exceeded';
}

/** Refuses a request of which nothing has been read yet, where its key may make none now. Takes nothing. */
export async function checkRates(ask: Ask, { rates }: Pick<Services, 'rates'>): Promise<void> {
  try {
    await rates.check(rateScopes(ask.key));
  } catch (error) {
    ask.rates = figuresOfRefusal(error);
    throw error;
  }
}

/** Counts a request that needs no tokens. Throws `rate_limit_exceeded`. */
export async function countRequest(ask: Ask, { rates }: Pick<Services, 'rates'>): Promise<void> {
  try {
    ask.rates = (await rates.admit(rateScopes(ask.key), 0)).figures;
  } catch (error) {
    ask.rates = figuresOfRefusal(error);
    throw error;
  }
}

/** Counts a refusal for the owner of its key, unless its client left, or it is remembered by itself. */
export function noteRefusal(ask: Ask, error: unknown, { refusals }: Pick<Services, 'refusals'>): void {
  if (ask.holdMs !== null || error instanceof ClientGone || ask.gone.reason instanceof ClientGone) return;
  const code: ErrorCode = error instanceof StoreUnavailable ? 'provider_not_available' : toMeshError(error).code;
  refusals.count(ask.key, code);
}

/**
 * Does the work of a request. One that fails before it was counted against its rates is counted then, and where there is none
 * left for it that is what it fails with: else whoever only sends what is wrong could do so without end. Not one that is refused
 * for money.
 */
export async function countingFailures<T>(
  ask: Ask,
  services: Pick<Services, 'rates' | 'refusals'>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await withRate(ask, services, work);
  } catch (error) {
    noteRefusal(ask, error, services);
    throw error;
  }
}

async function withRate<T>(ask: Ask, services: Pick<Services, 'rates'>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isCounted = ask.rates !== null || isForMoney(error) || error instanceof StoreUnavailable;
    if (isCounted) throw error;
    await countRequest(ask, services).catch((refusal) => {
      // That it could not be counted is not what its caller has to know.
      if (refusal instanceof MeshError) throw refusal;
    });
    throw error;
  }
}
