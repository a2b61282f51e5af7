import { lookup } from 'node:dns';
import { Agent, request } from 'undici';
import { isPublicAddress } from './public-address.ts';

/** How long somebody else's server may take to answer. */
export const OUTSIDE_LIMIT_MS = 10_000;

export interface OutsideRequest {
  /** http or https, as somebody outside named it. */
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** Posts to a server that somebody else named, and says its status. Throws an `OutsideError` where there is none. */
export type PostOutside = (request: OutsideRequest) => Promise<{ status: number }>;

/** Why nobody answered: a word that may be shown, never a text of the other side. */
export class OutsideError extends Error {
  readonly reason: 'private_address' | 'timeout' | 'no_answer';

  constructor(reason: OutsideError['reason']) {
    super(reason);
    this.name = 'OutsideError';
    this.reason = reason;
  }
}

/**
 * Posts without following anything: a redirect is a status like others. Where private addresses are not allowed each connection
 * is made only to an address that is public, looked up then and not before, so that a name that points elsewhere a moment
 * later gains nothing.
 */
export function postOutside({ allowPrivate }: { allowPrivate: boolean }): PostOutside {
  const agent = new Agent({ connect: allowPrivate ? {} : { lookup: publicLookup }, pipelining: 0 });
  return async ({ url, headers, body }) => {
    if (!allowPrivate && isPrivateLiteral(url)) throw new OutsideError('private_address');
    try {
      const signal = AbortSignal.timeout(OUTSIDE_LIMIT_MS);
      const answer = await request(url, { method: 'POST', headers, body, signal, dispatcher: agent });
      answer.body.destroy();
      answer.body.on('error', () => {});
      return { status: answer.statusCode };
    } catch (error) {
      throw new OutsideError(reasonOf(error));
    }
  };
}

/** A host that is an address is not looked up. */
function isPrivateLiteral(url: string): boolean {
  const { hostname } = new URL(url);
  return /^[\d.]+$|^\[/.test(hostname) && !isPublicAddress(hostname);
}

/** As `dns.lookup`, but for addresses that are not public, which are an error where one is among those found. */
const publicLookup: typeof lookup = ((host: string, options: object, done: (...found: unknown[]) => void) => {
  lookup(host, { ...options, all: true }, (error, found) => {
    if (error !== null) return done(error);
    if (!found.every(({ address }) => isPublicAddress(address))) return done(new OutsideError('private_address'));
    const [first] = found;
    if ('all' in options && options.all) return done(null, found);
    return done(null, first?.address, first?.family);
  });
}) as typeof lookup;

function reasonOf(error: unknown): OutsideError['reason'] {
  if (error instanceof OutsideError) return error.reason;
  if (error instanceof Error && error.cause instanceof OutsideError) return error.cause.reason;
  return error instanceof Error && error.name === 'TimeoutError' ? 'timeout' : 'no_answer';
}
