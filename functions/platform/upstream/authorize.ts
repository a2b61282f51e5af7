import { rememberCredential } from '../../core/credentials.ts';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { MeshError } from '../../core/errors.ts';
import { isJsonCredential, parseJsonCredential } from '../../core/provider-keys/json-credential.ts';
import type { Clock } from '../clock.ts';
import type { Secret } from '../secrets/secrets.ts';
import { createGoogleToken } from './google-token.ts';
import { createServiceAccountTokens, type ServiceAccountTokens } from './service-accounts.ts';
import { signAws } from './sign-aws.ts';
import type { UpstreamRequest } from './upstream.ts';

/** Where credentials come from: memory where they are there, else the store. */
export interface SecretLookup {
  peek(name: string): Secret | null;
  get(name: string): Promise<Secret | null>;
}

export interface AuthorizeOptions {
  secrets: SecretLookup;
  clock: Clock;
  /** An access token of this process's own Google account. */
  googleToken?: () => string | Promise<string>;
  /** One of a Google service account whose key is a secret. */
  serviceAccountToken?: ServiceAccountTokens;
}

export type Authorize = (endpoint: Endpoint, request: UpstreamRequest) => UpstreamRequest | Promise<UpstreamRequest>;

/**
 * Adds our credential to a request, as the endpoint's `auth` says. Without a turn of the event loop where the secret is in
 * memory and nothing has to be signed. Throws `provider_not_available` where there is no credential or none can be had;
 * its `providerCode` says which. Whatever a store or Google says about it stays here, since it may quote the credential.
 */
export function createAuthorize({
  secrets,
  clock,
  googleToken = createGoogleToken(clock),
  serviceAccountToken = createServiceAccountTokens(clock),
}: AuthorizeOptions): Authorize {
  const ports = { clock, serviceAccountToken };
  return (endpoint, request) => {
    const { auth } = endpoint;
    if (auth.type === 'none') return request;
    if (auth.secret === undefined) return withToken(request, googleToken);
    const add = (secret: Secret | null) => addSecret(endpoint, request, secret, ports);
    const known = secrets.peek(auth.secret);
    return known !== null ? add(known) : secrets.get(auth.secret).then(add, unreadable);
  };
}

function addSecret(
  { auth }: Endpoint,
  request: UpstreamRequest,
  secret: Secret | null,
  { clock, serviceAccountToken }: Required<Pick<AuthorizeOptions, 'clock' | 'serviceAccountToken'>>,
): UpstreamRequest | Promise<UpstreamRequest> {
  if (secret === null) throw noCredential('credential_missing');
  const { value } = secret;
  const json = isJsonCredential(value) ? parseJsonCredential(value) : null;
  // What is sent of a service account is its token alone.
  if (json?.type !== 'google') rememberCredential(value);
  switch (auth.type) {
    case 'none':
      return request;
    case 'bearer':
      return withHeader(request, 'authorization', `Bearer ${value}`);
    case 'google': {
      if (!isJsonCredential(value)) return withHeader(request, 'authorization', `Bearer ${value}`);
      if (json?.type !== 'google') throw noCredential('credential_malformed');
      return withToken(request, () => serviceAccountToken(json));
    }
    case 'x-api-key':
      return withHeader(request, 'x-api-key', value);
    case 'header':
      return withHeader(request, auth.name.toLowerCase(), value);
    case 'query':
      return withQuery(request, auth.name, value);
    case 'aws': {
      if (!isJsonCredential(value)) return withHeader(request, 'authorization', `Bearer ${value}`);
      if (json?.type !== 'aws') throw noCredential('credential_malformed');
      const { type: _, ...credentials } = json;
      return signAws(request, { credentials, service: auth.service, region: auth.region, now: new Date(clock.now()) });
    }
  }
}

function withToken(
  request: UpstreamRequest,
  googleToken: () => string | Promise<string>,
): UpstreamRequest | Promise<UpstreamRequest> {
  const add = (text: string) => {
    rememberCredential(text);
    return withHeader(request, 'authorization', `Bearer ${text}`);
  };
  const token = googleToken();
  return typeof token === 'string' ? add(token) : token.then(add, unreadable);
}

/** What is not ours to say, for it may quote the credential, becomes that it could not be had. */
function unreadable(error: unknown): never {
  if (error instanceof MeshError) throw error;
  throw noCredential('credential_unreadable');
}

function noCredential(providerCode: string): MeshError {
  return new MeshError('provider_not_available', { retry: 'other', providerCode });
}

function withHeader(request: UpstreamRequest, name: string, value: string): UpstreamRequest {
  return { ...request, headers: { ...request.headers, [name]: value } };
}

function withQuery(request: UpstreamRequest, name: string, value: string): UpstreamRequest {
  const sign = request.url.includes('?') ? '&' : '?';
  return { ...request, url: `${request.url}${sign}${encodeURIComponent(name)}=${encodeURIComponent(value)}` };
}
