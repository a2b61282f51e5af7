/** A JSON answer; without a body for 204. */
export interface Reply {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}
