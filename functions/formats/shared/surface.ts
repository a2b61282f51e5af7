import type { MeshError } from '../../core/errors.ts';
import type { CapUse } from '../../core/leases/cap-use.ts';

/** What a refusal says besides its error. */
export interface RefusalIds {
  requestId: string;
  /** The caller's own `X-Request-Id`. */
  label: string | null;
  /** Whether one of Mesh's own SDKs is calling; they expect some shapes of their own. */
  meshSdk: boolean;
  /** What else is known of the request and wanted by its caller, such as how it was routed. */
  more: Readonly<Record<string, unknown>>;
}

export interface Refusal {
  status: number;
  headers: Record<string, string>;
  /** To be sent as JSON. */
  body: Readonly<Record<string, unknown>>;
}

/**
 * Whose manners a path has: the shape of its errors and what keeps its streams alive. It stands in the route, since errors
 * come before anything is known of a request.
 */
export interface Surface {
  readonly name: 'openai' | 'anthropic' | 'google';
  /** Request headers, in lower case, that a relay may pass on. */
  readonly passOn: readonly string[];
  /** Header from which its clients read our id of a request, beside our own. */
  readonly idHeader?: string;
  /** What is written into a stream that has been silent. */
  readonly ping: string;
  refuse(error: MeshError, ids: RefusalIds): Refusal;
  /** What the head of an answer says of spend caps. */
  capHeaders?(caps: readonly CapUse[]): Record<string, string>;
  /** The body of a refusal as the last frame of a stream that has begun. */
  frame(body: Refusal['body']): string;
}
