import type { Clock } from '../clock.ts';
import { createGoogleToken, defaultCredentials } from '../upstream/google-token.ts';
import type { Authorize, Headers } from './firestore-calls.ts';

const JSON_TYPE = ['content-type', 'application/json'];
/** Whoever says that it is the owner may do all in an emulator. */
export const EMULATOR_HEADERS: Headers = ['authorization', 'Bearer owner', ...JSON_TYPE];

/**
 * The application default credentials of this process, as Google's own client finds them. Their token is fetched at once, and
 * again while the last one still serves: a router reads the store's clock each minute, and so none of its requests waits.
 */
export function createAuthorize(clock: Clock, credentials = defaultCredentials): Authorize {
  let quotaProject: Headers = [];
  const fetchToken = credentials(clock, ({ quotaProjectId }) => {
    // A person's own credentials have no project that could be billed.
    if (quotaProjectId) quotaProject = ['x-goog-user-project', quotaProjectId];
  });
  const googleToken = createGoogleToken(clock, fetchToken);
  let last: { text: string; headers: Headers } | null = null;

  function toHeaders(text: string): Headers {
    if (last?.text !== text)
      last = { text, headers: ['authorization', `Bearer ${text}`, ...quotaProject, ...JSON_TYPE] };
    return last.headers;
  }

  const authorize: Authorize = (refused) => {
    const token = googleToken(refused === undefined || refused !== last?.headers ? null : last.text);
    return typeof token === 'string' ? toHeaders(token) : token.then(toHeaders);
  };
  // The first request asks again where this fails.
  Promise.resolve(authorize()).catch(() => undefined);
  return authorize;
}
