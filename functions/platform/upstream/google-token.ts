import type { Clock } from '../clock.ts';

/** What a token is for. */
export const CLOUD_SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
/** A token is not given out any more so long before it expires: a request waits for the next one. */
export const RENEW_BEFORE_MS = 60_000;
/**
 * A token is renewed in the background so long before it expires, so that no request has to wait. Google's metadata server
 * hands out the same token until five minutes before its end.
 */
export const REFRESH_BEFORE_MS = 240_000;
/** After a renewal in the background that failed, the next one waits this long. */
export const RETRY_AFTER_MS = 5_000;
/** How long a token is taken to live where nobody says: Google's live an hour. */
const DEFAULT_LIFE_MS = 3_000_000;

interface Token {
  text: string;
  /** Unix time in milliseconds. */
  expiresAt: number;
}

/** Fetches a new token; Google's client looks for the application default credentials of this process. */
export type FetchToken = () => Promise<Token>;

/**
 * Access tokens from memory, renewed while the last one still serves, one renewal at a time. `refused`: one that Google did
 * not take before it expired; it is not given out again where there is another.
 */
export type GoogleToken = (refused?: string | null) => string | Promise<string>;

export function createGoogleToken(clock: Clock, fetchToken: FetchToken = defaultCredentials(clock)): GoogleToken {
  let token: Token | null = null;
  let renewal: Promise<string> | null = null;
  let triedAt = Number.NEGATIVE_INFINITY;

  const renew = () => {
    if (renewal !== null) return renewal;
    triedAt = clock.monotonic();
    renewal = fetchToken()
      .then((fetched) => {
        token = fetched;
        return fetched.text;
      })
      .finally(() => {
        renewal = null;
      });
    return renewal;
  };

  return (refused = null) => {
    if (token === null || token.text === refused) return renew();
    const leftMs = token.expiresAt - clock.now();
    if (leftMs <= RENEW_BEFORE_MS) return renew();
    if (leftMs <= REFRESH_BEFORE_MS && clock.monotonic() - triedAt >= RETRY_AFTER_MS) {
      // Nobody waits for it; a request that has to, later, is told what fails then.
      renew().catch(() => undefined);
    }
    return token.text;
  };
}

/** The client is loaded with the first token, because it costs a start tenths of a second. `heed` hears whose token it is. */
export function defaultCredentials(
  clock: Clock,
  heed: (client: { quotaProjectId?: string }) => void = () => {},
): FetchToken {
  return async () => {
    const { GoogleAuth } = await import('./google-auth.ts');
    const client = await new GoogleAuth({ scopes: [CLOUD_SCOPE] }).getClient();
    heed(client);
    const { token } = await client.getAccessToken();
    if (!token) throw new Error('There is no Google access token.');
    return { text: token, expiresAt: client.credentials.expiry_date ?? clock.now() + DEFAULT_LIFE_MS };
  };
}
