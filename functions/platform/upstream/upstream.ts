/** One request to a provider. */
export interface UpstreamRequest {
  url: string;
  method: 'POST' | 'GET';
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** Milliseconds. Connecting counts on its own; `firstByte` runs until the reply's headers, `idle` between its bytes. */
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
   * provider by back-pressure. Throws `gateway_timeout` after `idle`, `upstream_error` when the connection broke.
   */
  read(): Promise<Uint8Array | null>;
  /** Ends the exchange now and closes its connection; safe to call at any time, any number of times. */
  cancel(): void;
}

/**
 * One HTTP exchange with a provider, over pooled connections. `send` throws `upstream_error` where no connection came
 * about or it broke, `gateway_timeout` past a limit, and the signal's reason when it was aborted.
 */
export interface Upstream {
  send(request: UpstreamRequest, limits: UpstreamLimits, signal: AbortSignal): Promise<UpstreamReply>;
  close(): Promise<void>;
}
