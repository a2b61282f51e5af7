import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { MeshError } from '../../core/errors.ts';
import type { UpstreamBody } from '../../formats/pivot/upstream-format.ts';
import { applyBodyRules, withoutHalves } from '../../formats/shared/exchange-body.ts';
import type { UpstreamReply, UpstreamRequest } from '../../platform/upstream/upstream.ts';
import { writeJson } from '../http/write-json.ts';
import type { Exchange } from './operation.ts';
import type { Services } from './services.ts';

/** As much of an upstream's error as is read, and for how long: its status says most, and the next endpoint waits. */
export const MAX_ERROR_BYTES = 64 * 1024;
export const MAX_ERROR_MS = 1_000;

/** One request to one endpoint. */
export interface Attempt {
  endpoint: Endpoint;
  failure: Exchange<unknown, unknown>['failure'];
  streams: boolean;
  /** How long it may take to begin its answer. Milliseconds. */
  patienceMs: number;
  signal: AbortSignal;
}

/**
 * Sends a request and resolves with its reply's head, where that is a 2xx; throws what else it says. Where our credential is
 * refused and the store has another by now, the request is sent once more with that.
 */
export async function send(services: Services, attempt: Attempt, body: UpstreamBody): Promise<UpstreamReply> {
  const { endpoint, streams, patienceMs, signal } = attempt;
  const request = await toUpstreamRequest(endpoint, streams, body);
  const { firstByte, whole, ...others } = services.limits;
  const limits = { ...others, firstByte: Math.min(patienceMs, streams ? firstByte : whole) };
  const name = 'secret' in endpoint.auth ? (endpoint.auth.secret ?? null) : null;

  let usedVersion: string | null = null;
  const exchange = async () => {
    const authorized = await services.authorize(endpoint, request);
    usedVersion = name === null ? null : (services.secrets.peek(name)?.version ?? null);
    return services.upstream.send(authorized, limits, signal);
  };
  let reply = await exchange();
  let failure = await failureOf(services, attempt, reply);
  if (name !== null && refusesCredential(failure)) {
    const hasAnother = await services.secrets.renewed(name, usedVersion);
    if (hasAnother) {
      reply = await exchange();
      failure = await failureOf(services, attempt, reply);
    }
    // An owner's own is the owner's to mend, who is told by the error.
    const isOurs = endpoint.ownKey === undefined;
    if (isOurs && refusesCredential(failure)) services.credentialRefused(name, endpoint, reply.status);
  }
  if (failure !== null) throw failure;
  return reply;
}

/** What a reply's status says went wrong, in the provider's own words as far as they come soon; null where nothing did. */
async function failureOf(services: Services, attempt: Attempt, reply: UpstreamReply): Promise<MeshError | null> {
  const { status, headers } = reply;
  if (status >= 200 && status < 300) return null;
  const text = await readError(services, reply, attempt.signal);
  return attempt.failure(status, withRetrySeconds(headers, services.clock.now()), text);
}

/** Not every 403 does: some providers answer it to what a caller wrote. Nor has each refusal that status: Gemini's is a 400. */
function refusesCredential(failure: MeshError | null): boolean {
  return failure?.code === 'upstream_error' && (failure.providerCode === '401' || failure.providerCode === '403');
}

async function toUpstreamRequest(
  endpoint: Endpoint,
  streams: boolean,
  { headers, body }: UpstreamBody,
): Promise<UpstreamRequest> {
  return {
    url: streams ? endpoint.streamUrl : endpoint.url,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers, ...endpoint.headers },
    body: await writeJson(applyBodyRules(body, endpoint.request), withoutHalves),
    ...(endpoint.outside === true ? { outside: true } : {}),
  };
}

/** `Retry-After` may be a date, and OpenAI has a header of its own in milliseconds: both as seconds. Nonsense stays. */
function withRetrySeconds(headers: Readonly<Record<string, string>>, now: number): Readonly<Record<string, string>> {
  const milliseconds = Number(headers['retry-after-ms'] ?? Number.NaN);
  if (milliseconds >= 0) return { ...headers, 'retry-after': String(milliseconds / 1_000) };
  const date = headers['retry-after'] ?? '';
  // `Date.parse` takes many a number for a year; every form of an HTTP date begins with the name of a day.
  const at = /^\s*[A-Z]/i.test(date) ? Date.parse(date) : Number.NaN;
  return Number.isNaN(at) ? headers : { ...headers, 'retry-after': String(Math.max(0, (at - now) / 1_000)) };
}

/** A body as text. Throws where it is too long, or not whole at `until` (monotonic milliseconds). */
export async function readWhole(
  { clock, limits }: Services,
  reply: UpstreamReply,
  maxBytes: number,
  until: number,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const leftMs = until - clock.monotonic();
      if (leftMs <= 0) throw new MeshError('gateway_timeout', { providerCode: 'whole_timeout' });
      const bytes = await reply.read(Math.min(leftMs, limits.idle));
      if (bytes === null) return Buffer.concat(chunks).toString('utf8');
      chunks.push(bytes);
      length += bytes.length;
      if (length > maxBytes) {
        throw new MeshError('upstream_error', { message: 'The provider sent a reply that is too long.' });
      }
    }
  } finally {
    reply.cancel();
  }
}

/** As much of an error's body as comes soon. Throws only the signal's reason. */
async function readError({ clock }: Services, reply: UpstreamReply, signal: AbortSignal): Promise<string> {
  const until = clock.monotonic() + MAX_ERROR_MS;
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (let leftMs = MAX_ERROR_MS; leftMs > 0 && length < MAX_ERROR_BYTES; leftMs = until - clock.monotonic()) {
      const bytes = await reply.read(leftMs);
      if (bytes === null) break;
      chunks.push(bytes);
      length += bytes.length;
    }
  } catch {
    // It broke off, or takes too long: what came has to do.
    signal.throwIfAborted();
  } finally {
    reply.cancel();
  }
  return Buffer.concat(chunks).toString('utf8');
}
