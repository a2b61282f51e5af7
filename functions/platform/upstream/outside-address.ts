import { lookup } from 'node:dns';
import { isPublicAddress } from './public-address.ts';

/** A name that leads to a private address, which nobody outside may have us connect to. */
export class PrivateAddress extends Error {
  readonly code = 'PRIVATE_ADDRESS';

  constructor() {
    super('private_address');
    this.name = 'PrivateAddress';
  }
}

/** Whether the host of a URL is itself an address that is not public: such a host is not looked up. */
export function isPrivateLiteral(url: string): boolean {
  const { hostname } = new URL(url);
  return /^[\d.]+$|^\[/.test(hostname) && !isPublicAddress(hostname);
}

/**
 * As `dns.lookup`, but for addresses that are not public, which are a `PrivateAddress` where one is among those found. Asked with
 * each connection, so that a name that points elsewhere a moment later gains nothing.
 */
export const publicLookup: typeof lookup = ((host: string, options: object, done: (...found: unknown[]) => void) => {
  lookup(host, { ...options, all: true }, (error, found) => {
    if (error !== null) return done(error);
    if (!found.every(({ address }) => isPublicAddress(address))) return done(new PrivateAddress());
    const [first] = found;
    if ('all' in options && options.all) return done(null, found);
    return done(null, first?.address, first?.family);
  });
}) as typeof lookup;
