import { Agent, request } from 'undici';
import { isPrivateLiteral, PrivateAddress, publicLookup } from './outside-address.ts';

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

function reasonOf(error: unknown): OutsideError['reason'] {
  if (error instanceof PrivateAddress) return 'private_address';
  if (error instanceof Error && error.cause instanceof PrivateAddress) return 'private_address';
  return error instanceof Error && error.name === 'TimeoutError' ? 'timeout' : 'no_answer';
}
