import { concealCredentials } from '../../core/credentials.ts';
import type { MeshError } from '../../core/errors.ts';
import { isRecord } from '../shared/is-record.ts';
import { parseOrNull } from '../shared/parse-or-null.ts';
import { failure, failureInBody } from './failure.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What is said of our account or our credential, or of the model by a name that the caller never said, is not for the caller. */
const OURS = new Set(['authentication_error', 'permission_error', 'billing_error', 'not_found_error']);
/** The same, where a platform gives such a status another type. */
const OUR_STATUSES = new Set(['401', '402', '403', '404']);

/** How Anthropic names the organization whose rate is used up, which is the router's. */
const ORGANIZATION = /(\borg(?:anization)?:? ?\(?)[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/gi;

/** A reply with an error status, with the provider's own body where that is the format's and meant for the caller. */
export function relayFailure(status: number, headers: Readonly<Record<string, string>>, body: string): MeshError {
  return withBody(failure(status, headers, body), parseOrNull(body));
}

/** The failure that an event or a body with a good status carries; null where it carries none. */
export function failureOf(body: Fields): MeshError | null {
  const error = failureInBody(body);
  return error === null ? null : withBody(error, body);
}

function withBody(error: MeshError, body: unknown): MeshError {
  if (!isRecord(body) || body.type !== 'error' || !isRecord(body.error)) return error;
  const { type, message } = body.error;
  if (typeof type !== 'string' || typeof message !== 'string' || OURS.has(type)) return error;
  if (OUR_STATUSES.has(error.providerCode ?? '')) return error;
  if (error.details !== null && (error.details as Fields).provider_error === 'billing_error') return error;
  return error.with({ verbatim: concealed(body) });
}

/** Whatever the key of a text is: nothing in an error is a model's own. */
function concealed(body: Fields): Fields {
  return JSON.parse(concealCredentials(JSON.stringify(body)).replace(ORGANIZATION, '$1…'));
}
