import type { MeshError } from '../../core/errors.ts';
import { isRecord } from '../shared/is-record.ts';
import { retryHeaders } from '../shared/retry-headers.ts';
import { encodeFrame } from '../shared/sse.ts';
import type { Refusal, RefusalIds, Surface } from '../shared/surface.ts';
import { toCanonical } from './canonical-errors.ts';

/** Who says a reason. */
const DOMAIN = 'mesh';
const TYPE = 'type.googleapis.com/google.rpc.';

/**
 * Google's manners. https://google.aip.dev/193. A line of its own keeps a stream alive: it says nothing in events and nothing in
 * JSON, and Google's SDK for Node drops an event that a comment stands before.
 */
export const googleSurface: Surface = { name: 'google', passOn: [], ping: '\n', refuse, frame: encodeFrame };

/** The same where a stream is a list of JSON, as it is without `alt=sse`: one that broke before it began has an error alone. */
export const googleListSurface: Surface = { ...googleSurface, frame: (body) => `[${JSON.stringify(body)}]` };

/** A provider's own body in this format is passed on as it came. */
function refuse(error: MeshError, ids: RefusalIds): Refusal {
  const { status, code } = toCanonical(error);
  return {
    status,
    headers: retryHeaders(error, status, error.code === 'spend_limit_exceeded'),
    body: error.verbatim ?? {
      error: { code: status, message: error.message, status: code, details: detailsOf(error, ids) },
      ...ids.more,
    },
  };
}

/** Our own code is the reason; what else is known stands beside it, each in the message that Google has for it. */
function detailsOf(error: MeshError, { requestId, label }: RefusalIds): object[] {
  const { code, message, param, details, providerCode, retryAfterSeconds } = error;
  const known = isRecord(details) ? Object.entries(details) : [];
  const metadata = Object.fromEntries(
    [...known, ...(providerCode === null ? [] : [['provider_code', providerCode] as const])].map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
  const violations = param === null ? null : [{ field: param, description: message }];
  return [
    { '@type': `${TYPE}ErrorInfo`, reason: code.toUpperCase(), domain: DOMAIN, metadata },
    ...(violations === null ? [] : [{ '@type': `${TYPE}BadRequest`, fieldViolations: violations }]),
    ...(retryAfterSeconds === null ? [] : [{ '@type': `${TYPE}RetryInfo`, retryDelay: `${retryAfterSeconds}s` }]),
    { '@type': `${TYPE}RequestInfo`, requestId: label ?? requestId },
  ];
}
