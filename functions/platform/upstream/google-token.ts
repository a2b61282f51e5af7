import type { Clock } from '../clock.ts';

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
/** A token is replaced so long before it expires. */
export const RENEW_BEFORE_MS = 60_000;
/** How long a token is taken to live where nobody says: Google's live an hour. */
const DEFAULT_LIFE_MS = 3_000_000;

interface Token {
  text: string;
  /** Unix time in milliseconds. */
  expiresAt: number;
}

/** Fetches a new token; Google's client looks for the application default credentials of this process. */
export type FetchToken = () => Promise<Token>;

/** Access tokens from memory, renewed a minute before they expire, one renewal at a time. */
export function createGoogleToken(
  clock: Clock,
  fetchToken: FetchToken = defaultCredentials(clock),
): () => string | Promise<string> {
  let token: Token | null = null;
  let renewal: Promise<string> | null = null;

  const renew = () => {
    renewal ??= fetchToken()
      .then((fetched) => {
        token = fetched;
        return fetched.text;
      })
      .finally(() => {
        renewal = null;
      });
    return renewal;
  };

  return () => (token !== null && clock.now() < token.expiresAt - RENEW_BEFORE_MS ? token.text : renew());
}

/** The client is loaded with the first token, because it costs a start tenths of a second. */
function defaultCredentials(clock: Clock): FetchToken {
  return async () => {
    const { GoogleAuth } = await import('google-auth-library');
    const client = await new GoogleAuth({ scopes: [SCOPE] }).getClient();
    const { token } = await client.getAccessToken();
    if (!token) throw new Error('There is no Google access token.');
    return { text: token, expiresAt: client.credentials.expiry_date ?? clock.now() + DEFAULT_LIFE_MS };
  };
}
