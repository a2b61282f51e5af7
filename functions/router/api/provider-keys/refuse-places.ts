import { MeshError } from '../../../core/errors.ts';
import { isPrivateLiteral } from '../../../platform/upstream/outside-address.ts';

/** Throws `invalid_request_error` for what is no public https address. Names are looked up later, with each connection. */
export function refuseBaseUrl(text: string, allowPrivate: boolean): void {
  const url = URL.parse(text.replaceAll(/\{(model|region)\}/g, 'x'));
  const isWeb = url?.protocol === 'https:' || (allowPrivate && url?.protocol === 'http:');
  if (url === null || !isWeb) throw invalid('base_url must be an https URL.');
  if (url.username !== '' || url.password !== '') throw invalid('base_url must have no user name and no password.');
  if (/[?#]/.test(text)) throw invalid('base_url must have no query and no fragment.');
  if (!allowPrivate && isPrivateLiteral(url.href)) throw invalid('base_url must not be a private address.');
}

function invalid(message: string): MeshError {
  return new MeshError('invalid_request_error', { param: 'base_url', message });
}
