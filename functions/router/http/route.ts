import type { z } from 'zod';
import type { AdminScope } from '../../core/admin-scopes.ts';
import type { ErrorCode } from '../../core/errors.ts';
import type { Surface } from '../../formats/shared/surface.ts';
import type { Call } from './call.ts';

/** A JSON answer; without a body for 204. */
export interface Reply {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** Answers a call. `param` is what the pattern of the path captured. Nothing returned: it has answered itself. */
export type Handler<Services> = (call: Call, services: Services, param: string) => Promise<Reply | undefined> | Reply;

/** The frames of an answer that comes as a stream, by the name that the document gives them. */
export interface Frames {
  name: string;
  schema: z.ZodType;
}

/** Names of headers, each with what it says. */
export type HeaderList = Readonly<Record<string, string>>;

/**
 * One path and method, with all that there is to say of it: calls are dispatched, preflights and other methods answered, and
 * `/openapi.json` is written from the one list of these.
 */
export interface Route<Services> {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `{id}` stands for one segment, `{id+}` for one or more, since names of models have slashes. One such at most. */
  path: string;
  /** Names it in the document, and so in clients that are generated from it. */
  operationId: string;
  tag: string;
  summary: string;
  /** What the summary has no room for; Markdown. */
  description?: string;
  /** `either`: an inference key for what is its owner's, the admin key for anybody's. `manage`: an admin
   * key, or an inference key that may manage its owner's keys. `open`: anybody.
   */
  access: 'inference' | 'admin' | 'manage' | 'either' | 'open';
  /** What an admin key has to be for, where not every one may. */
  scope?: AdminScope;
  surface: Surface;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** By status; null for a reply without a body. */
  replies: Readonly<Record<number, z.ZodType | null>>;
  /** What it may be refused with, beside what its access and its body bring and what any call may meet. */
  errors?: readonly ErrorCode[];
  /** Headers of its own: those that it reads, and those that its replies may have. */
  headers?: { request?: HeaderList; reply?: HeaderList };
  /** Whether its reply has an `ETag`, and is not sent again to whoever has it. */
  conditional?: boolean;
  /** Where the reply may also be a stream. */
  streams?: Frames;
  /** Whether the reply may also be a file. */
  csv?: boolean;
  /** Whether the reply may also be a page for people. */
  page?: boolean;
  /** Whether the reply is plain text. */
  text?: boolean;
  /** Small real ones, as the document shows them; `reply` is of the first status. */
  examples?: { body?: unknown; reply?: unknown };
  /** Whether it is followed in traces. */
  traced?: boolean;
  /** Whether machines ask it all the time, so that it is not counted among the requests. */
  probe?: boolean;
  handle: Handler<Services>;
}
