import { createHash } from 'node:crypto';
import { MeshError } from '../../core/errors.ts';
import type { Clock } from '../clock.ts';
import { CLOUD_SCOPE, createGoogleToken, type FetchToken, type GoogleToken } from './google-token.ts';

/** How long Google may take to give a token for a service account, tries again included. Milliseconds. */
export const EXCHANGE_LIMIT_MS = 5_000;
/** A service account that Google refuses is not asked about again for so long. */
export const REFUSED_AGE_MS = 5_000;
/** Service accounts whose tokens are kept; the one that was used longest ago goes first. */
export const MAX_SERVICE_ACCOUNTS = 1_000;

export interface ServiceAccount {
  email: string;
  /** PEM, of RSA. */
  privateKey: string;
}

/** Access tokens of service accounts, from memory where they are there. Throws what `exchange` throws. */
export type ServiceAccountTokens = (account: ServiceAccount) => string | Promise<string>;

/** Fetches a token for an account; throws `refusedAccount()` where Google does not take it. */
export type Exchange = (account: ServiceAccount, now: number) => ReturnType<FetchToken>;

export function createServiceAccountTokens(
  clock: Clock,
  exchange: Exchange = exchangeAtGoogle(),
): ServiceAccountTokens {
  const tokens = new Map<string, GoogleToken>();
  return (account) => {
    const name = createHash('sha256').update(`${account.email}\n${account.privateKey}`).digest('base64url');
    const token = tokens.get(name) ?? createGoogleToken(clock, withPause(account, clock, exchange));
    tokens.delete(name);
    tokens.set(name, token);
    if (tokens.size > MAX_SERVICE_ACCOUNTS) tokens.delete(tokens.keys().next().value ?? '');
    return token();
  };
}

/** As when a provider answers 401: it is this credential that is refused. */
export function refusedAccount(): MeshError {
  return new MeshError('upstream_error', { retry: 'other', providerCode: '401' });
}

function withPause(account: ServiceAccount, clock: Clock, exchange: Exchange): FetchToken {
  let refusedAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (clock.monotonic() - refusedAt < REFUSED_AGE_MS) throw refusedAccount();
    try {
      return await exchange(account, clock.now());
    } catch (error) {
      if (error instanceof MeshError) refusedAt = clock.monotonic();
      throw error;
    }
  };
}

/** What says that the account is not known, or its key not any more; all else is Google's trouble. */
const REFUSALS: readonly number[] = [400, 401, 403];
/** Google's tokens live an hour. */
const DEFAULT_LIFE_MS = 3_000_000;

/** `fetchBy`: how Google is asked. The client always asks Google, whatever an account's file says. */
export function exchangeAtGoogle(fetchBy: typeof fetch = fetch): Exchange {
  return async ({ email, privateKey }, now) => {
    const { JWT } = await import('./google-auth.ts');
    const transporterOptions = { fetchImplementation: fetchBy, signal: AbortSignal.timeout(EXCHANGE_LIMIT_MS) };
    const client = new JWT({ email, key: privateKey, scopes: [CLOUD_SCOPE], transporterOptions });
    try {
      const { token } = await client.getAccessToken();
      if (!token) throw new Error('There is no Google access token.');
      return { text: token, expiresAt: client.credentials.expiry_date ?? now + DEFAULT_LIFE_MS };
    } catch (error) {
      const status = (error as { response?: { status?: number } }).response?.status;
      throw status !== undefined && REFUSALS.includes(status) ? refusedAccount() : error;
    }
  };
}
