import { type Session, session, signOut } from './session.ts';

/** After this long without an answer we say so. */
const MAX_WAIT_MS = 20_000;

/** Answers that are remembered, the newest ones. */
const MAX_KNOWN = 30;

/** An answer that has a name: whoever says it is told where nothing has changed, and nothing is sent. */
interface Known {
  etag: string;
  data: unknown;
}
/** By path; they go with whoever asked. */
const knownBy = new WeakMap<Session, Map<string, Known>>();

/** What went wrong, in words that can be shown. */
export class ApiProblem extends Error {
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  readonly code: string | null;
  /** Names the call in the router's logs; null where there was no answer. */
  readonly requestId: string | null;

  constructor(message: string, status: number, code: string | null, requestId: string | null) {
    super(message);
    this.status = status;
    this.code = code;
    this.requestId = requestId;
  }
}

/** What was typed cannot be sent: why, in words for who typed it. */
export class Mistake extends Error {}

export interface Ask {
  method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  body?: unknown;
  /** Another key than the one that is signed in: one that is being tried. */
  key?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** How long the head of the answer may take; a model thinks for longer than a list does. */
  maxWaitMs?: number;
}

/** Calls the public API; JSON in, JSON out; null for an answer without a body. What has not changed is not sent again. Throws `ApiProblem`. */
export async function ask<T>(path: string, options: Ask = {}): Promise<T> {
  const answers = options.method === undefined && options.key === undefined ? knownNow() : null;
  const known = answers?.get(path);
  const headers = known === undefined ? options.headers : { ...options.headers, 'if-none-match': known.etag };
  // The body has to come in time too: one that stops half way would be waited for without end.
  return await inTime(options.maxWaitMs, async (late) => {
    const reply = await reach(path, headers === undefined ? options : { ...options, headers }, late);
    if (reply.status === 304 && known !== undefined) return known.data as T;
    if (reply.status === 204) return null as T;
    const data = await read<T>(reply, () => reply.json());
    if (typeof data !== 'object' || data === null)
      throw new ApiProblem('The answer is not one of a router.', reply.status, null, idOf(reply));
    remember(answers, path, reply.headers.get('etag'), data);
    return data;
  });
}

/** Reads the body of an answer. Throws `ApiProblem` where it breaks off or is no JSON where JSON is read. */
export async function read<T>(reply: Response, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof ApiProblem
      ? error
      : new ApiProblem('The answer broke off.', reply.status, null, idOf(reply));
  }
}

/** Runs what is given a signal that ends it, with the problem in words, when its time is over. */
async function inTime<T>(maxWaitMs = MAX_WAIT_MS, work: (late: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController();
  const words = `The router did not answer within ${maxWaitMs / 1000} seconds.`;
  const timer = setTimeout(() => late.abort(new ApiProblem(words, 0, null, null)), maxWaitMs);
  try {
    return await work(late.signal);
  } catch (error) {
    // Whoever reads a body hears only that it ended.
    throw late.signal.aborted ? late.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

function knownNow(): Map<string, Known> | null {
  const entered = session.peek();
  if (entered === null) return null;
  const answers = knownBy.get(entered) ?? new Map<string, Known>();
  knownBy.set(entered, answers);
  return answers;
}

function remember(answers: Map<string, Known> | null, path: string, etag: string | null, data: unknown): void {
  if (answers === null || etag === null) return;
  answers.delete(path);
  answers.set(path, { etag, data });
  const [oldest] = answers.keys();
  if (answers.size > MAX_KNOWN && oldest !== undefined) answers.delete(oldest);
}

/** The answer itself, once its head has come and is good: for files and streams. Throws `ApiProblem`. */
export function send(path: string, options: Ask): Promise<Response> {
  return inTime(options.maxWaitMs, (late) => reach(path, options, late));
}

async function reach(
  path: string,
  { method = 'GET', body, key, headers, signal }: Ask,
  late: AbortSignal,
): Promise<Response> {
  const given = key ?? session.peek()?.key ?? '';
  try {
    const reply = await fetch(path, {
      method,
      headers: {
        authorization: `Bearer ${given}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal === undefined ? late : AbortSignal.any([signal, late]),
      cache: 'no-store',
      credentials: 'omit',
    });
    if (reply.ok || reply.status === 304) return reply;
    throw await toProblem(reply);
  } catch (error) {
    if (error instanceof ApiProblem) {
      // A key that ended while it was in use: whoever holds it is told, and asked for another.
      // An answer to a key that was changed meanwhile says nothing of the new one.
      if (key === undefined && (await hasEnded(error, given)) && session.peek()?.key === given)
        signOut(`${describe(error)}. Sign in with another key.`);
      throw error;
    }
    if (signal?.aborted) throw error;
    throw new ApiProblem('The router cannot be reached.', 0, null, null);
  }
}

/** Whether the key itself is refused. A suspended or expired one is answered 403 everywhere, another is so for an act alone. */
async function hasEnded({ status }: ApiProblem, key: string): Promise<boolean> {
  if (status === 401) return true;
  if (status !== 403 || !key.startsWith('rsk_')) return false;
  try {
    // Not through `reach`, which would ask this again. Without an answer in time nothing is known of the key.
    const signal = AbortSignal.timeout(MAX_WAIT_MS);
    const reply = await fetch('/v1/key', { headers: { authorization: `Bearer ${key}` }, cache: 'no-store', signal });
    return reply.status === 403 || reply.status === 401;
  } catch {
    return false;
  }
}

/** What went wrong, in a sentence, with the id to ask about. */
export function describe(error: unknown): string {
  if (!(error instanceof ApiProblem))
    return error instanceof Mistake ? error.message : 'Something went wrong in this page.';
  return error.requestId === null ? error.message : `${error.message} (request ${error.requestId})`;
}

async function toProblem(reply: Response): Promise<ApiProblem> {
  const id = idOf(reply);
  try {
    const { error } = (await reply.json()) as { error: { message: unknown; code: string } };
    if (typeof error.message !== 'string' || error.message === '') throw new Error('no words');
    return new ApiProblem(error.message, reply.status, error.code, id);
  } catch {
    return new ApiProblem(`The router answered ${reply.status}.`, reply.status, null, id);
  }
}

function idOf(reply: Response): string | null {
  return reply.headers.get('x-mesh-request-id') ?? reply.headers.get('x-request-id');
}
