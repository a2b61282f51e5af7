import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { UpstreamBody } from '../pivot/upstream-format.ts';
import type { EmbedRequest } from './embed-request.ts';

/** The numbers of one vector, all finite. */
export type Vector = readonly number[] | Float32Array;

/** What one reply has. */
export interface Embedded {
  /** In the order of the inputs. */
  vectors: readonly Vector[];
  /** Input tokens that the provider counted; null where it did not say. */
  tokens: number | null;
}

export interface EmbedReply {
  /** In lower case. */
  headers: Readonly<Record<string, string>>;
  text: string;
}

/** One way to ask for embeddings (`core/endpoints/embedding-rules.ts`). Pure and synchronous. */
export interface Embedder {
  /** `request` has no more inputs than its endpoint takes at once, each in a form that it takes. */
  request(request: EmbedRequest, endpoint: Endpoint): UpstreamBody;
  /** A whole reply with a 2xx status. Throws `upstream_error` for garbage, and what an error in it says. */
  read(reply: EmbedReply): Embedded;
}
