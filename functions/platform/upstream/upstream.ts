/** What is long comes in pieces, so that nobody waits while it is written, hashed or sent. */
export type RequestBody = string | readonly Buffer[];

/** One request to a provider. Redirects are not followed: they would carry the credential to another host. */
export interface UpstreamRequest {
  /** Absolute; its scheme chooses the adapter. */
  url: string;
  method: 'POST' | 'GET';
  headers: Readonly<Record<string, string>>;
  body: RequestBody;
  /** Whether somebody outside named the address: connections are made to public ones alone, unless private ones are allowed. */
  outside?: boolean;
}

/**
 * Milliseconds. `connect` runs until a connection stands, TLS included; `firstByte` from there to the reply's headers;
 * `idle` between bytes of the body, and only while `read` waits, so that a slow reader never looks like a stalled provider.
 */
export interface UpstreamLimits {
  connect: number;
  firstByte: number;
  idle: number;
}

/** A reply whose headers have come. Exactly one of reading to the end and `cancel` must happen. */
export interface UpstreamReply {
  readonly status: number;
  /** Lower-case names; repeated headers joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * The next bytes of the body, all that have arrived; null at its end. One call at a time. Not calling it stops the
   * provider by back-pressure. Throws `gateway_timeout` after `patienceMs`, by default `idle`, and `upstream_error` when the connection broke,
   * after the bytes that came before. Once the signal has aborted it throws the signal's reason, after `cancel` an
   * `upstream_error` with the provider code `cancelled`, and what had arrived is dropped: an exchange that was stopped
   * never ends in null. A signal that aborts after the last byte has arrived changes nothing.
   */
  read(patienceMs?: number): Promise<Uint8Array | null>;
  /** Ends the exchange now and closes its connection; safe to call at any time, any number of times. */
  cancel(): void;
}

/**
 * One HTTP exchange with a provider, over pooled connections. `send` throws `upstream_error` where no connection came
 * about or it broke, `gateway_timeout` past a limit, and the signal's reason when it was aborted. Nothing is ever sent
 * twice. Errors name what happened in `providerCode` (`ECONNREFUSED`, `socket_closed`, `idle_timeout`) and carry no
 * cause, since those hold addresses and pieces of replies.
 */
export interface Upstream {
  send(request: UpstreamRequest, limits: UpstreamLimits, signal: AbortSignal): Promise<UpstreamReply>;
  /** Refuses new exchanges and ends the running ones within a bounded time. */
  close(): Promise<void>;
}
