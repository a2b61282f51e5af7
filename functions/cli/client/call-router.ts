import { CliError, UnreachedError } from '../terminal/cli-error.ts';
import type { Context } from '../terminal/context.ts';
import { withProgress } from '../terminal/progress.ts';
import { type Connection, needAdminKey, needKey } from './connection.ts';
import { headersOf } from './headers.ts';

/** How long an answer may take that is no model's. */
const LIMIT_MS = 30_000;

export interface RouterCall {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  /** Left out for a call that takes no key. */
  as?: 'key' | 'admin';
  body?: unknown;
  /** The version that is to be changed: over another one the router refuses. */
  ifMatch?: string;
  signal?: AbortSignal;
}

/**
 * Calls the router and reads its JSON; null where it says nothing. Throws `CliError` in words for people: it is not reached, or
 * what it refused.
 */
// biome-ignore lint/suspicious/noExplicitAny: what a route answers is the contract's, and each command reads its own part.
export async function callRouter(context: Context, connection: Connection, call: RouterCall): Promise<any> {
  const text = await readText(context, connection, call);
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    throw new CliError(`${connection.url} answers, but not as a router does: is the URL right?`);
  }
}

/** What `callRouter` reads, as text: for answers that are no JSON. Throws likewise. */
export async function readText(context: Context, connection: Connection, call: RouterCall): Promise<string> {
  const signal = call.signal ?? AbortSignal.timeout(LIMIT_MS);
  const reply = await withProgress(
    context,
    `Waiting for ${connection.url}`,
    send(context, connection, { ...call, signal }),
  );
  const text = await reply.text();
  if (!reply.ok) throw refused(reply.status, text);
  return text;
}

/** The reply as it comes, refusals too. Throws `CliError` where the router is not reached. */
export async function send(
  context: Context,
  connection: Connection,
  { method = 'GET', path, as, body, ifMatch, signal }: RouterCall,
): Promise<Response> {
  const key = as === undefined ? null : as === 'admin' ? needAdminKey(connection) : needKey(connection);
  const headers = { ...headersOf(key, body !== undefined), ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }) };
  const init: RequestInit = { method, headers, redirect: 'manual' };
  if (body !== undefined) init.body = JSON.stringify(body);
  if (signal !== undefined) init.signal = signal;
  try {
    return await context.fetch(connection.url + path, init);
  } catch (error) {
    throw unreached(connection.url, error);
  }
}

function unreached(url: string, error: unknown): UnreachedError {
  const { name, message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  const why = name === 'TimeoutError' ? 'it does not answer' : (cause?.code ?? cause?.message ?? message);
  return new UnreachedError(`${url} cannot be reached: ${why}. mesh serve starts a router, --url names another one.`);
}

/** The router's own words, with its code and the request that it knows it by. */
export function refused(status: number, text: string): CliError {
  try {
    const { error, request_id } = JSON.parse(text) as { error: Record<string, string>; request_id?: string };
    const more = [error.code, `HTTP ${status}`, request_id].filter(Boolean).join(', ');
    return new CliError(`${error.message} (${more})`);
  } catch {
    return new CliError(`The router answered with HTTP ${status}, and nothing that can be read.`);
  }
}
