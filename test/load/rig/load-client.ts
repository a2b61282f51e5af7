import { type Exchange, LoadConnection, type LoadConnectionOptions } from './load-connection.ts';
import { LoadSession } from './load-session.ts';
import type { Variant } from './variants.ts';

/** One client of the load generator, one exchange at a time. */
export interface LoadClient {
  /** What was received of the last exchange, where it is kept. */
  readonly received: string;
  /** Sends a whole request, as `encodeRequest` makes it. Rejects when the connection breaks. */
  exchange(request: Uint8Array): Promise<Exchange>;
  close(): void;
}

/** A client that speaks what the gateway is measured by. */
export function openClient({ port, http2 }: Variant, options: LoadConnectionOptions = {}): LoadClient {
  return http2 ? new LoadSession(port, options) : new LoadConnection(port, options);
}
